import { type MapKeys, mapKeys } from '../declarations/map.js';
import type { Position, Table } from '../document.js';
import { hasPlaceholder } from '../language/key-template.js';
import type { MapCacheConfig, MapConfig } from '../model.js';
import { didYouMean } from '../suggestion.js';
import { asWritten, type Reading, readSection, type Section } from './section.js';

type MapSection = Section<MapKeys>;
type SourceKey = 'store' | 'lookup' | 'sources';

/** The ids that maps may name, of sections with errors too. */
export interface SourceIds {
  readonly stores: ReadonlySet<string>;
  readonly lookups: ReadonlySet<string>;
}

/** Reads `[map.<id>]`. */
export function readMap(reading: Reading, id: string, table: Table, at: Position, ids: SourceIds): MapConfig {
  if (/[\s\0-\x1f]/.test(id)) {
    reading.report.error(at, 'the name of a map holds no spaces', 'in socketmap a space ends the name');
  }
  const section = readSection(reading, table, mapKeys);
  const { values } = section;
  const sources = readSources(reading, section, ids);
  checkOperation(section, sources);
  checkExpansion(section);
  return {
    id,
    sources,
    key: values.key ?? '%s',
    operation: values.operation,
    field: values.field,
    member: values.operation === 'member' ? (values.member ?? '%s') : undefined,
    expand: values.expand,
    recipientDelimiter: values['recipient-delimiter'],
    foldCase: values['fold-case'],
    cache: readCache(section),
  };
}

function readSources(reading: Reading, section: MapSection, ids: SourceIds): MapConfig['sources'] {
  const keys = (['store', 'lookup', 'sources'] as const).filter((key) => section.node(key) !== undefined);
  const [key] = keys;
  if (key === undefined) {
    const misspelt = !section.fine('store', 'lookup', 'sources');
    if (!misspelt)
      section.error('store', 'the map names no store and no lookup', 'as in store = "redis" or lookup = "vip"');
    return [];
  }
  if (keys.length > 1) {
    section.error(
      keys[1]!,
      `"${keys.join('" and "')}" are given together`,
      'name all in order: sources = ["vip", "redis"]',
    );
  }
  return (section.values[key] ?? []).map((id, index) => {
    const kind = key === 'sources' ? (ids.lookups.has(id) ? 'lookup' : 'store') : key;
    checkReference(reading, section, key, index, id, ids);
    return { kind, id };
  });
}

function checkReference(
  reading: Reading,
  section: MapSection,
  key: SourceKey,
  index: number,
  id: string,
  ids: SourceIds,
): void {
  const known =
    key === 'store' ? ids.stores : key === 'lookup' ? ids.lookups : new Set([...ids.stores, ...ids.lookups]);
  if (known.has(id) || !reading.complete) return;
  const elsewhere = key === 'store' ? ids.lookups : ids.stores;
  const what = key === 'sources' ? 'store or lookup' : key;
  const other = key === 'store' ? 'it is a list: lookup = …' : 'it is a store: store = …';
  const hint = elsewhere.has(id) ? other : didYouMean(id, known);
  const written = asWritten(section.node(key, index));
  reading.report.error(section.at(key, index), `there is no ${what} ${written}`, hint ?? listOf(known));
}

/** What there is, for a reference that is near none of them. */
export function listOf(ids: ReadonlySet<string>): string | undefined {
  return ids.size === 0 ? undefined : `there is ${[...ids].map((id) => `"${id}"`).join(', ')}`;
}

function checkOperation(section: MapSection, sources: MapConfig['sources']): void {
  const { values } = section;
  if (!section.fine('operation')) return;
  const { operation } = values;
  if (section.given('field') && operation !== 'hget') section.error('field', '"field" needs operation = "hget"');
  if (section.given('member') && operation !== 'member') section.error('member', '"member" needs operation = "member"');
  if (operation === 'hget' && section.node('field') === undefined && section.fine('field')) {
    section.error('operation', 'operation "hget" needs "field"', 'as in field = "%s"; "key" names the hash');
  }
  if (operation === 'member' && section.node('key') === undefined && section.fine('key')) {
    section.error('operation', 'operation "member" needs "key"', 'it names the set');
  }
  const list = sources.find((source) => source.kind === 'lookup');
  if (list !== undefined && (operation === 'hget' || operation === 'member')) {
    section.error(
      'operation',
      `a list has no ${operation === 'hget' ? 'hashes' : 'sets'}`,
      'it answers get and exists',
    );
  }
  if (!section.fine('key', 'field', 'member')) return;
  const asked = [values.key ?? '%s', values.field ?? '', operation === 'member' ? (values.member ?? '%s') : ''];
  if (!asked.some(hasPlaceholder)) {
    section.error('key', 'the template holds none of %s, %u and %d', 'every lookup would ask for the same key');
  }
}

function checkExpansion(section: MapSection): void {
  const { expand, 'recipient-delimiter': delimiter } = section.values;
  if (section.fine('expand', 'recipient-delimiter') && delimiter === '' && expand.includes('no-extension')) {
    section.error('expand', '"no-extension" needs a "recipient-delimiter"');
  }
}

function readCache(section: MapSection): MapCacheConfig | undefined {
  const { values } = section;
  const positiveTtl = values['cache.positive-ttl'];
  if (positiveTtl === undefined) {
    const rest = ['cache.negative-ttl', 'cache.max-entries', 'cache.serve-stale'] as const;
    const key = rest.find((name) => section.given(name));
    if (key !== undefined && section.fine('cache.positive-ttl')) {
      section.error(key, `"${key}" needs "cache.positive-ttl"`, 'without it the map has no cache');
    }
    return undefined;
  }
  return {
    positiveTtl,
    negativeTtl: values['cache.negative-ttl'],
    maxEntries: values['cache.max-entries'],
    serveStale: values['cache.serve-stale'],
  };
}

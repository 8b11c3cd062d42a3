import type { MapConfig } from '../../config/model.js';
import { toBuffer } from '../../core/bytes.js';
import { StoreSource } from '../../lookups/store-source.js';
import { affixesOf } from '../../lookups/template.js';
import type { LookupStore } from '../../stores/store.js';
import { UsageError } from '../command.js';

/** An entry as it was asked for; null for a key whose value is none that the map could find. */
export interface ReadEntry {
  readonly key: Buffer;
  readonly value: Buffer | null;
}

/** Keys that are fetched together. */
const BATCH = 1_000;

/**
 * Everything a map could find in a store, in batches: the map's template is read backwards. Throws UsageError where
 * that cannot be done, and Error when the store fails.
 */
export function entriesOf(map: MapConfig, store: LookupStore, keyPrefix: string): AsyncIterable<readonly ReadEntry[]> {
  switch (map.operation) {
    case 'get':
    case 'exists':
      return entriesOfKeys(map, store);
    case 'hget':
      return membersOf('HSCAN', map, map.field ?? '%s', store, keyPrefix);
    case 'member':
      return membersOf('SSCAN', map, map.member ?? '%s', store, keyPrefix);
  }
}

async function* entriesOfKeys(map: MapConfig, store: LookupStore): AsyncGenerator<readonly ReadEntry[]> {
  const template = backwards(map, map.key);
  let keys: Buffer[] = [];
  for await (const key of store.scan(template.prefix)) {
    if (template.take(key) !== undefined) keys.push(key);
    if (keys.length < BATCH) continue;
    yield await fetchAll(map, store, keys, template);
    keys = [];
  }
  if (keys.length > 0) yield await fetchAll(map, store, keys, template);
}

async function fetchAll(map: MapConfig, store: LookupStore, keys: readonly Buffer[], template: Backwards) {
  const outcomes = await new StoreSource(store, map.operation).lookup(keys.map((key) => ({ key })));
  return outcomes.flatMap((outcome, i): ReadEntry[] => {
    // One that ended since it was listed.
    if (outcome.kind === 'notFound') return [];
    if (outcome.kind === 'temporary') throw new Error(outcome.reason);
    const key = template.take(keys[i] as Buffer) as Buffer;
    return [{ key, value: outcome.kind === 'found' ? outcome.value : null }];
  });
}

/** The fields of one hash with their values, or the members of one set. */
async function* membersOf(
  command: 'HSCAN' | 'SSCAN',
  map: MapConfig,
  written: string,
  store: LookupStore,
  keyPrefix: string,
): AsyncGenerator<readonly ReadEntry[]> {
  if (/%[sud]/.test(map.key.replaceAll('%%', '')))
    throw new UsageError(`map "${map.id}" looks into many keys: one that has a name of its own can be exported`);
  const template = backwards(map, written);
  const key = `${keyPrefix}${map.key.replaceAll('%%', '%')}`;
  for (let cursor = '0', first = true; first || cursor !== '0'; first = false) {
    const [next, members] = (await store.command(command, key, cursor, 'COUNT', BATCH)) as [Buffer, Buffer[]];
    cursor = String(next);
    const step = command === 'HSCAN' ? 2 : 1;
    const entries: ReadEntry[] = [];
    for (let i = 0; i < members.length; i += step) {
      const name = template.take(toBuffer(members[i] as Buffer));
      if (name !== undefined) entries.push({ key: name, value: step === 2 ? toBuffer(members[i + 1] as Buffer) : YES });
    }
    yield entries;
  }
}

const YES = Buffer.from('1');

interface Backwards {
  readonly prefix: Buffer;
  /** What the template was filled with; undefined for a key that it did not make. */
  take(filled: Buffer): Buffer | undefined;
}

function backwards(map: MapConfig, template: string): Backwards {
  const affixes = affixesOf(template);
  if (affixes === undefined)
    throw new UsageError(
      `map "${map.id}" has the template "${template}": only one with a single %s can be read backwards`,
    );
  const { prefix, suffix } = affixes;
  return {
    prefix,
    take(filled) {
      const end = filled.length - suffix.length;
      if (end < prefix.length || !filled.subarray(0, prefix.length).equals(prefix)) return undefined;
      return filled.subarray(end).equals(suffix) ? filled.subarray(prefix.length, end) : undefined;
    },
  };
}

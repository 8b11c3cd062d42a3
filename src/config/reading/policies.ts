import type { Declarations } from '../declarations/declaration.js';
import {
  allowKeys,
  denyKeys,
  greylistKeys,
  type PolicyType,
  policyKeys,
  policyTypeKeys,
  rateLimitKeys,
} from '../declarations/policy.js';
import type { Table } from '../document.js';
import type { AllowPolicyConfig, GreylistPolicyConfig, PolicyConfig, RateLimitPolicyConfig } from '../model.js';
import { didYouMean } from '../suggestion.js';
import { listOf } from './maps.js';
import { asWritten, type Reading, readSection, type Section, type SectionOptions } from './section.js';

/** The ids that policies may name. */
export interface PolicyReferences {
  readonly stores: ReadonlySet<string>;
  readonly maps: ReadonlySet<string>;
}

/** Reads `[policy.<id>]`; undefined when an error was reported that leaves nothing to build. */
export function readPolicy(
  reading: Reading,
  id: string,
  table: Table,
  references: PolicyReferences,
): PolicyConfig | undefined {
  const { type } = readSection(reading, table, policyTypeKeys, { ignoreOthers: true }).values;
  switch (type) {
    case 'greylist':
      return readGreylist(reading, id, readSection(reading, table, greylistKeys, optionsOf(type)), references);
    case 'rate-limit':
      return readRateLimit(reading, id, readSection(reading, table, rateLimitKeys, optionsOf(type)), references);
    case 'allow': {
      const listed = readListed(reading, readSection(reading, table, allowKeys, optionsOf(type)), references);
      return listed && { id, type, ...listed };
    }
    case 'deny': {
      const section = readSection(reading, table, denyKeys, optionsOf(type));
      const listed = readListed(reading, section, references);
      const { action, text } = section.values;
      return listed && { id, type, ...listed, action, text };
    }
    case undefined:
      return undefined;
  }
}

function readGreylist(
  reading: Reading,
  id: string,
  section: Section<typeof greylistKeys>,
  { stores }: PolicyReferences,
): GreylistPolicyConfig | undefined {
  const { values } = section;
  const { delay, window, lifetime, prefix, text } = values;
  if (section.fine('delay', 'window') && window <= delay) {
    const key = section.given('window') ? 'window' : 'delay';
    section.error(key, '"window" ends before "delay" does', 'nobody would ever pass');
  }
  const store = readStoreName(reading, section, stores);
  if (store === undefined) return undefined;
  const bits = { v4: values['mask-v4'], v6: values['mask-v6'] };
  return { id, type: 'greylist', store, delay, window, lifetime, bits, prefix, text, onError: values['on-error'] };
}

function readRateLimit(
  reading: Reading,
  id: string,
  section: Section<typeof rateLimitKeys>,
  { stores }: PolicyReferences,
): RateLimitPolicyConfig | undefined {
  const { values } = section;
  const { key, rate, count, algorithm, burst, prefix = `rate:${id}:`, action, text } = values;
  if (section.given('burst') && section.fine('algorithm') && algorithm !== 'leaky-bucket') {
    section.error('burst', '"burst" needs algorithm = "leaky-bucket"');
  }
  const store = readStoreName(reading, section, stores);
  if (store === undefined || key === undefined || rate === undefined) return undefined;
  const bits = { v4: values['mask-v4'], v6: values['mask-v6'] };
  const how = { key, rate, count, algorithm, burst, bits, prefix, action, text };
  return { id, type: 'rate-limit', store, ...how, onError: values['on-error'] };
}

/** What lists of those who are let through and of those who are refused have in common. */
function readListed(
  reading: Reading,
  section: Section<Omit<typeof allowKeys, 'type'>>,
  { maps }: PolicyReferences,
): Omit<AllowPolicyConfig, 'id' | 'type'> | undefined {
  const { key, map } = section.values;
  if (map !== undefined && !maps.has(map) && reading.complete) {
    const hint = didYouMean(map, maps) ?? listOf(maps);
    section.error('map', `there is no map ${asWritten(section.node('map'))}`, hint);
  }
  if (key === undefined || map === undefined) return undefined;
  return { key, map, onError: section.values['on-error'] };
}

type StoreSection = Section<Pick<typeof greylistKeys, 'store'>>;

/** The store that is named, or the only one. */
function readStoreName(reading: Reading, section: StoreSection, stores: ReadonlySet<string>): string | undefined {
  const { store } = section.values;
  if (!section.fine('store')) return undefined;
  if (store === undefined) {
    const [only, ...others] = stores;
    if (only !== undefined && others.length === 0) return only;
    if (reading.complete) section.error('store', 'the policy names no store', listOf(stores) ?? 'there is none');
    return undefined;
  }
  if (!stores.has(store) && reading.complete) {
    const hint = didYouMean(store, stores) ?? listOf(stores);
    section.error('store', `there is no store ${asWritten(section.node('store'))}`, hint);
  }
  return store;
}

function optionsOf(type: PolicyType): SectionOptions {
  return { foreign: (key) => ownersOf(key, type), readBefore: 'type' };
}

/** Keys of other types are known, but out of place. */
function ownersOf(key: string, type: PolicyType): string | undefined {
  const others = Object.entries<Declarations>(policyKeys).filter(([other, keys]) => other !== type && key in keys);
  const owners = others.map(([other]) => `"${other}"`).join(' and ');
  return owners === '' ? undefined : `it belongs to policies of type ${owners}`;
}

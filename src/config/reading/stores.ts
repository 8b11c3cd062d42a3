import { embeddedKeys, redisKeys, shardedKeys, storeTypeKeys } from '../declarations/store.js';
import type { Table } from '../document.js';
import type { StoreConfig } from '../model.js';
import { readEmbeddedStore } from './embedded-store.js';
import { readRedisStore } from './redis-store.js';
import { type Reading, readSection, type SectionOptions } from './section.js';
import { type ReadStores, readShardedStore } from './sharded-store.js';

/** Whether a store is made of others, and so is read after them. */
export function isSharded(table: Table): boolean {
  const type = table.entries.get('type')?.value;
  return type?.kind === 'scalar' && type.value === 'sharded-in-memory';
}

/** Reads `[store.<id>]`; undefined when an error was reported that leaves nothing to build. */
export function readStore(reading: Reading, id: string, table: Table, read: ReadStores): StoreConfig | undefined {
  const { type } = readSection(reading, table, storeTypeKeys, { ignoreOthers: true }).values;
  switch (type ?? likelyType(table)) {
    case 'redis':
      return readRedisStore(reading, id, readSection(reading, table, redisKeys, optionsOf('redis')));
    case 'embedded':
      return readEmbeddedStore(reading, id, readSection(reading, table, embeddedKeys, optionsOf('embedded')));
    case 'sharded-in-memory':
      return readShardedStore(reading, id, table, read, optionsOf('sharded-in-memory'));
    case undefined:
      // A type that does not exist may have keys that are not known here.
      if (table.entries.get('type')?.value.kind !== 'scalar')
        readSection(reading, table, anyKeys, { readBefore: 'type' });
      return undefined;
  }
}

const anyKeys = { ...embeddedKeys, ...redisKeys, stores: { ...shardedKeys.stores, required: false } };

const KEYS = { redis: redisKeys, embedded: embeddedKeys, 'sharded-in-memory': shardedKeys } as const;

type StoreType = keyof typeof KEYS;

/** What a store without a valid type was meant to be, so that its other keys are checked all the same. */
function likelyType(table: Table): StoreType | undefined {
  if (['url', 'urls', 'redis-type'].some((key) => table.entries.has(key))) return 'redis';
  if (table.entries.has('stores')) return 'sharded-in-memory';
  return ['data', 'path'].some((key) => table.entries.has(key)) ? 'embedded' : undefined;
}

function optionsOf(type: StoreType): SectionOptions {
  return { foreign: foreignTo(type), readBefore: 'type' };
}

/** Keys of another type are known, but out of place. */
function foreignTo(type: StoreType): (key: string) => string | undefined {
  return (key) => {
    const others = Object.entries(KEYS).filter(([other, keys]) => other !== type && has(keys, key));
    const types = others.map(([other]) => `"${other}"`).join(' or ');
    return others.length === 0 ? undefined : `it belongs to stores of type = ${types}`;
  };
}

function has(keys: object, key: string): boolean {
  return Object.keys(keys).some((known) => known === key || known.split('.', 1)[0] === key);
}

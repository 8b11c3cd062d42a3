import { embeddedKeys, redisKeys, storeTypeKeys } from '../declarations/store.js';
import type { Table } from '../document.js';
import type { EmbeddedStoreConfig, StoreConfig } from '../model.js';
import { readCommonKeys } from './common-keys.js';
import { readEntries } from './entries.js';
import { readRedisStore } from './redis-store.js';
import { type Reading, readSection, type SectionOptions } from './section.js';

/** Reads `[store.<id>]`; undefined when an error was reported that leaves nothing to build. */
export function readStore(reading: Reading, id: string, table: Table): StoreConfig | undefined {
  const { type } = readSection(reading, table, storeTypeKeys, { ignoreOthers: true }).values;
  switch (type ?? likelyType(table)) {
    case 'redis':
      return readRedisStore(reading, id, readSection(reading, table, redisKeys, optionsOf('redis')));
    case 'embedded':
      return readEmbeddedStore(reading, id, table);
    case undefined:
      // A type that does not exist may have keys that are not known here.
      if (table.entries.get('type')?.value.kind !== 'scalar')
        readSection(reading, table, anyKeys, { readBefore: 'type' });
      return undefined;
  }
}

function readEmbeddedStore(reading: Reading, id: string, table: Table): EmbeddedStoreConfig {
  const section = readSection(reading, table, embeddedKeys, optionsOf('embedded'));
  const data = section.entries('data');
  return {
    type: 'embedded',
    ...readCommonKeys(id, section),
    data: data === undefined ? new Map() : readEntries(reading, data, (text) => text),
  };
}

const anyKeys = { ...embeddedKeys, ...redisKeys };

/** What a store without a valid type was meant to be, so that its other keys are checked all the same. */
function likelyType(table: Table): 'redis' | 'embedded' | undefined {
  if (['url', 'urls', 'redis-type'].some((key) => table.entries.has(key))) return 'redis';
  return table.entries.has('data') ? 'embedded' : undefined;
}

function optionsOf(type: 'redis' | 'embedded'): SectionOptions {
  return { foreign: foreignTo(type), readBefore: 'type' };
}

/** Keys of the other type are known, but out of place. */
function foreignTo(type: 'redis' | 'embedded'): (key: string) => string | undefined {
  const [other, keys] = type === 'redis' ? (['embedded', embeddedKeys] as const) : (['redis', redisKeys] as const);
  const known = Object.keys(keys).flatMap((key) => [key, key.split('.', 1)[0]]);
  return (key) => (known.includes(key) ? `it belongs to stores of type = "${other}"` : undefined);
}

import { type ShardedKeys, shardedKeys } from '../declarations/store.js';
import type { Table } from '../document.js';
import type { ShardedStoreConfig, StoreConfig } from '../model.js';
import { didYouMean } from '../suggestion.js';
import { commonDefaults } from './common-keys.js';
import { listOf } from './maps.js';
import { asWritten, type Reading, readSection, type Section, type SectionOptions } from './section.js';

/** What the stores of a file are: their ids, and those that were read. */
export interface ReadStores {
  readonly ids: ReadonlySet<string>;
  /** Of those, the ones that are made of others. */
  readonly sharded: ReadonlySet<string>;
  readonly stores: ReadonlyMap<string, StoreConfig>;
}

/** Reads `[store.<id>]` of this type, after all others. */
export function readShardedStore(
  reading: Reading,
  id: string,
  table: Table,
  read: ReadStores,
  options: SectionOptions,
): ShardedStoreConfig | undefined {
  const section = readSection(reading, table, shardedKeys, options);
  const { stores } = section.values;
  if (stores === undefined) return undefined;
  if (stores.length < 2) section.error('stores', 'a sharded store has at least two stores');
  for (const [index, shard] of stores.entries()) checkShard(reading, section, index, shard, read);
  checkPrefixes(section, stores, read);
  const keyPrefix = read.stores.get(stores[0] as string)?.keyPrefix ?? '';
  return { type: 'sharded-in-memory', ...commonDefaults(id), keyPrefix, stores };
}

function checkShard(
  reading: Reading,
  section: Section<ShardedKeys>,
  index: number,
  shard: string,
  { ids, sharded }: ReadStores,
): void {
  const at = section.at('stores', index);
  if (!ids.has(shard) && reading.complete) {
    const written = asWritten(section.node('stores', index));
    reading.report.error(at, `there is no store ${written}`, didYouMean(shard, ids) ?? listOf(ids));
  }
  if (sharded.has(shard)) {
    reading.report.error(at, 'a sharded store cannot be a part of another', 'name its stores');
  }
}

/** A key is hashed as the servers have it. */
function checkPrefixes(section: Section<ShardedKeys>, ids: readonly string[], { stores }: ReadStores): void {
  const prefixes = ids.map((id) => stores.get(id)?.keyPrefix).filter((prefix) => prefix !== undefined);
  if (new Set(prefixes).size > 1) {
    section.error('stores', 'the stores of a sharded one have the same "key-prefix"');
  }
}

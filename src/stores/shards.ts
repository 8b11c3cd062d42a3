import type { LinkedStoreConfig, ShardedStoreConfig, StoreConfig } from '../config/model.js';
import type { Clock } from '../core/clock.js';
import { ShardedStore } from './sharded-store.js';
import type { LookupStore } from './store.js';

/** Stores, and those that they are made of. */
export function withShards(
  all: ReadonlyMap<string, StoreConfig>,
  stores: Iterable<StoreConfig>,
): ReadonlyMap<string, StoreConfig> {
  const needed = new Map<string, StoreConfig>();
  for (const store of stores) {
    for (const id of store.type === 'sharded-in-memory' ? store.stores : []) needed.set(id, all.get(id) as StoreConfig);
    needed.set(store.id, store);
  }
  return needed;
}

/** A sharded store over stores that are open. */
export function shardedStore(
  { id, stores, keyPrefix }: ShardedStoreConfig,
  storeOf: (id: string) => LookupStore | undefined,
  clock: Clock,
): LookupStore {
  const shards = stores.map((shard) => {
    const store = storeOf(shard);
    if (store === undefined) throw new Error(`store "${id}": there is no store "${shard}"`);
    return store;
  });
  return new ShardedStore(id, shards, keyPrefix, clock);
}

/** Whether a store is opened by itself, and not made of others. */
export function isLink(config: StoreConfig): config is LinkedStoreConfig {
  return config.type !== 'sharded-in-memory';
}

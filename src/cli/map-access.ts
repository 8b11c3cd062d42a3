import type { Config, MapConfig, StoreConfig } from '../config/model.js';
import { DAEMON_DEADLINE } from '../daemon/daemon.js';
import { openLists } from '../daemon/lists.js';
import { buildMaps } from '../daemon/maps.js';
import type { LookupMap } from '../lookups/lookup.js';
import { openStores } from '../stores/factory.js';
import { withShards } from '../stores/shards.js';

/**
 * Opens one map over the stores it asks and no others, for as long as `use` runs. Stores are as patient as in
 * the daemon, and one that is down makes temporary outcomes, as there; so does a list that cannot be fetched. Rejects
 * with ListsRefused.
 */
export async function withMap<T>(config: Config, map: MapConfig, use: (map: LookupMap) => Promise<T>): Promise<T> {
  const asked = new Map<string, StoreConfig>();
  for (const { kind, id } of map.sources) {
    const store = config.stores.get(id);
    if (kind === 'store' && store !== undefined) asked.set(id, store);
  }
  const names = map.sources.filter(({ kind }) => kind === 'lookup').map(({ id }) => id);
  using lists = await openLists(config, names);
  await using stores = await openStores({ ...config, stores: asInDaemon(withShards(config.stores, asked.values())) });
  const maps = buildMaps(
    { ...config, maps: new Map([[map.id, map]]) },
    { storeOf: (id) => stores.get(id), listOf: lists.listOf },
  );
  return await use(maps.get(map.id)!);
}

function asInDaemon(stores: ReadonlyMap<string, StoreConfig>): ReadonlyMap<string, StoreConfig> {
  return new Map([...stores].map(([id, store]) => [id, patientAsDaemon(store)]));
}

function patientAsDaemon(store: StoreConfig): StoreConfig {
  const deadline = store.deadline ?? DAEMON_DEADLINE;
  return store.type === 'redis' ? { ...store, deadline, lazyConnect: true } : { ...store, deadline };
}

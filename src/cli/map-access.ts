import type { Config, MapConfig, StoreConfig } from '../config/model.js';
import { asPatientAsDaemon } from '../daemon/deadline.js';
import { openLookups, reducedTo } from '../daemon/open-lookups.js';
import type { LookupMap } from '../lookups/lookup.js';
import { besideDaemon } from './beside-daemon.js';

/**
 * Opens one map over the stores it asks and no others, for as long as `use` runs. Stores are as patient as in
 * the daemon, and one that is down makes temporary outcomes, as there; so does a list that cannot be fetched. Rejects
 * with ListsRefused.
 */
export async function withMap<T>(config: Config, map: MapConfig, use: (map: LookupMap) => Promise<T>): Promise<T> {
  const reduced = await besideDaemon(reducedTo(config, { maps: [map.id], policies: [] }));
  await using lookups = await openLookups(connectingLate(asPatientAsDaemon(reduced)));
  return await use(lookups.maps.get(map.id)!);
}

/** With the first lookup. */
function connectingLate(config: Config): Config {
  const late = (store: StoreConfig) => (store.type === 'redis' ? { ...store, lazyConnect: true } : store);
  return { ...config, stores: new Map([...config.stores].map(([id, store]) => [id, late(store)])) };
}

import type { Config, ListenerConfig, MapConfig } from '../config/model.js';
import type { Clock } from '../core/clock.js';
import { ServedMap } from '../frontends/served-map.js';
import { LookupCache } from '../lookups/cache.js';
import type { AskedMap, Source } from '../lookups/lookup.js';
import { ConfiguredMap } from '../lookups/map.js';
import { StoreSource } from '../lookups/store-source.js';
import type { FailureLog } from '../observe/failure-log.js';
import type { Metrics } from '../observe/metrics.js';
import type { LookupStore } from '../stores/store.js';

/** What a configuration's maps are made of. */
export interface OpenSources {
  readonly storeOf: (id: string) => LookupStore | undefined;
  readonly listOf: (id: string) => Source | undefined;
}

/** All maps of a configuration over its open sources. Throws when a map names a source that is not there. */
export function buildMaps(
  config: Config,
  { storeOf, listOf }: OpenSources,
  cacheOf: (map: MapConfig) => LookupCache | undefined = () => undefined,
): ReadonlyMap<string, AskedMap> {
  const maps = new Map<string, AskedMap>();
  for (const map of config.maps.values()) {
    const sources = map.sources.map(({ kind, id }) => {
      const source = kind === 'lookup' ? listOf(id) : storeSource(storeOf(id), map);
      if (source === undefined) throw new Error(`map "${map.id}": there is no ${kind} "${id}"`);
      return source;
    });
    maps.set(map.id, new ConfiguredMap(map, sources, cacheOf(map)));
  }
  return maps;
}

function storeSource(store: LookupStore | undefined, map: MapConfig): Source | undefined {
  return store === undefined ? undefined : new StoreSource(store, map.operation);
}

/** The cache a map asks for. */
export function buildCache(map: MapConfig, clock: Clock, metrics: Metrics): LookupCache | undefined {
  return map.cache === undefined ? undefined : new LookupCache(map.cache, clock, metrics.caches.meter(map.id));
}

/** The maps one listener answers for: its `map`, its `maps`, or all; none where HTTP offers no lookups. */
export function servedMaps(
  listener: ListenerConfig,
  maps: ReadonlyMap<string, AskedMap>,
  metrics: Metrics,
  failures: FailureLog,
): ReadonlyMap<string, ServedMap> {
  if (listener.protocol === 'dict') return new Map();
  if (listener.protocol === 'http' && !listener.serve.includes('lookup')) return new Map();
  const names = listener.map === undefined ? (listener.maps ?? [...maps.keys()]) : [listener.map];
  const served = new Map<string, ServedMap>();
  for (const name of names) {
    const map = maps.get(name);
    if (map === undefined) throw new Error(`listener "${listener.id}": there is no map "${name}"`);
    served.set(name, new ServedMap(map, listener.id, metrics.lookups.meter(listener.id, name), failures));
  }
  return served;
}

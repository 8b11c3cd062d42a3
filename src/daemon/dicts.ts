import type { Config, ListenerConfig } from '../config/model.js';
import type { Clock } from '../core/clock.js';
import { ServedDict } from '../frontends/served-dict.js';
import { Dictionary } from '../lookups/dict/dictionary.js';
import type { FailureLog } from '../observe/failure-log.js';
import type { Metrics } from '../observe/metrics.js';
import type { LookupStore } from '../stores/store.js';

/** All dictionaries of a configuration over its open stores. Throws when one names a store that is not there. */
export function buildDicts(
  config: Config,
  storeOf: (id: string) => LookupStore | undefined,
  clock: Clock,
): ReadonlyMap<string, Dictionary> {
  const dicts = new Map<string, Dictionary>();
  for (const dict of config.dicts.values()) {
    const store = storeOf(dict.store);
    if (store === undefined) throw new Error(`dictionary "${dict.id}": there is no store "${dict.store}"`);
    dicts.set(dict.id, new Dictionary(dict, store, clock));
  }
  return dicts;
}

/** The dictionaries one listener answers for: its `dicts`, or all. */
export function servedDicts(
  listener: ListenerConfig,
  dicts: ReadonlyMap<string, Dictionary>,
  metrics: Metrics,
  failures: FailureLog,
): ReadonlyMap<string, ServedDict> {
  const served = new Map<string, ServedDict>();
  if (listener.protocol !== 'dict') return served;
  for (const name of listener.dicts ?? dicts.keys()) {
    const dict = dicts.get(name);
    if (dict === undefined) throw new Error(`listener "${listener.id}": there is no dictionary "${name}"`);
    const meter = metrics.dicts.meter(listener.id, name);
    served.set(name, new ServedDict(dict, listener.id, listener.write !== false, meter, failures));
  }
  return served;
}

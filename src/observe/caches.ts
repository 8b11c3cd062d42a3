import type { Registry } from 'prom-client';
import { CounterFamily, GaugeFamily } from './cells.js';

/** Counts for one map's cache: the shape of lookups' CacheEvents. */
export interface CacheMeter {
  hit(): void;
  miss(): void;
  coalesced(): void;
  stale(): void;
}

/** The caches of maps. */
export class CacheMetrics {
  readonly #requests: CounterFamily<'map' | 'result'>;
  readonly #entries: GaugeFamily<'map'>;

  constructor(registry: Registry) {
    this.#requests = new CounterFamily({
      registry,
      name: 'lookupd_cache_requests_total',
      help: 'Lookups that reached a cache: hit, miss, coalesced (joined a lookup under way), stale (store failed).',
      labelNames: ['map', 'result'],
    });
    this.#entries = new GaugeFamily({
      registry,
      name: 'lookupd_cache_entries',
      help: 'Answers kept.',
      labelNames: ['map'],
    });
  }

  meter(map: string): CacheMeter {
    const cell = (result: string) => this.#requests.cell({ map, result });
    const [hit, miss, coalesced, stale] = [cell('hit'), cell('miss'), cell('coalesced'), cell('stale')];
    return {
      hit: () => void hit.count++,
      miss: () => void miss.count++,
      coalesced: () => void coalesced.count++,
      stale: () => void stale.count++,
    };
  }

  /** How many answers each cache keeps, told just before the metrics are read. */
  setEntries(map: string, entries: number): void {
    this.#entries.cell({ map }).count = entries;
  }
}

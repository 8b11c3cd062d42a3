import type { Registry } from 'prom-client';
import { CounterFamily, GaugeFamily } from './cells.js';

/** Counts for one store's near cache: the shape of stores' NearCacheObserver. */
export interface NearCacheMeter {
  hit(): void;
  miss(): void;
  kept(left: number): void;
  invalidated(count: number, left: number): void;
  dropped(count: number): void;
}

/** The near caches of stores. */
export class NearCacheMetrics {
  readonly #requests: CounterFamily<'store' | 'result'>;
  readonly #forgotten: CounterFamily<'store' | 'reason'>;
  readonly #entries: GaugeFamily<'store'>;

  constructor(registry: Registry) {
    this.#requests = new CounterFamily({
      registry,
      name: 'lookupd_near_cache_requests_total',
      help: 'Gets that reached a near cache: hit, miss.',
      labelNames: ['store', 'result'],
    });
    this.#forgotten = new CounterFamily({
      registry,
      name: 'lookupd_near_cache_forgotten_total',
      help: 'Answers that a near cache forgot: changed (their keys were), untold (all at once: it may have missed a change while a connection broke or another server took over, all keys were removed, or a command of this store may have changed any key).',
      labelNames: ['store', 'reason'],
    });
    this.#entries = new GaugeFamily({
      registry,
      name: 'lookupd_near_cache_entries',
      help: 'Answers kept.',
      labelNames: ['store'],
    });
  }

  meter(store: string): NearCacheMeter {
    const [hit, miss] = ['hit', 'miss'].map((result) => this.#requests.cell({ store, result }));
    const [changed, untold] = ['changed', 'untold'].map((reason) => this.#forgotten.cell({ store, reason }));
    const entries = this.#entries.cell({ store });
    return {
      hit: () => void hit!.count++,
      miss: () => void miss!.count++,
      kept: (left) => void (entries.count = left),
      invalidated: (count, left) => {
        changed!.count += count;
        entries.count = left;
      },
      dropped: (count) => {
        untold!.count += count;
        entries.count = 0;
      },
    };
  }
}

import type { Registry } from 'prom-client';
import { CounterFamily, DurationFamily } from './cells.js';

/** Counts what clients of one listener do with one store: over resp, and over HTTP where stores are offered. */
export interface StoreRequestMeter {
  ended(result: 'ok' | 'failed', ms: number): void;
}

/** Stores that listeners offer as they are, without a map before them. */
export class StoreRequestMetrics {
  readonly #results: CounterFamily<'listener' | 'store' | 'result'>;
  readonly #durations: DurationFamily<'listener' | 'store'>;

  constructor(registry: Registry) {
    this.#results = new CounterFamily({
      registry,
      name: 'lookupd_store_requests_total',
      help: 'Commands and calls of clients on a store that a listener offers, by result: ok or failed.',
      labelNames: ['listener', 'store', 'result'],
    });
    this.#durations = new DurationFamily({
      registry,
      name: 'lookupd_store_request_duration_seconds',
      help: 'From such a call read to its answer known.',
      labelNames: ['listener', 'store'],
    });
  }

  meter(listener: string, store: string): StoreRequestMeter {
    const cell = (result: string) => this.#results.cell({ listener, store, result });
    const results = { ok: cell('ok'), failed: cell('failed') };
    const durations = this.#durations.cell({ listener, store });
    return {
      ended(result, ms) {
        results[result].count++;
        durations.observe(ms / 1000);
      },
    };
  }
}

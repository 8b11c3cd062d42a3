import type { Registry } from 'prom-client';
import type { Outcome } from '../core/outcome.js';
import { CounterFamily, DurationFamily } from './cells.js';

/** Counts the lookups of one map by one listener. */
export interface LookupMeter {
  answered(kind: Outcome['kind'], ms: number): void;
}

const RESULTS: Record<Outcome['kind'], string> = {
  found: 'found',
  notFound: 'not-found',
  temporary: 'temporary',
  permanent: 'permanent',
};

/** What mail servers asked and how it ended. */
export class LookupMetrics {
  readonly #results: CounterFamily<'listener' | 'map' | 'result'>;
  readonly #durations: DurationFamily<'listener' | 'map'>;

  constructor(registry: Registry) {
    this.#results = new CounterFamily({
      registry,
      name: 'lookupd_lookups_total',
      help: 'Lookups answered, by result: found, not-found, temporary or permanent.',
      labelNames: ['listener', 'map', 'result'],
    });
    this.#durations = new DurationFamily({
      registry,
      name: 'lookupd_lookup_duration_seconds',
      help: 'From a request read to its answer known, caches included.',
      labelNames: ['listener', 'map'],
    });
  }

  meter(listener: string, map: string): LookupMeter {
    const cell = (kind: Outcome['kind']) => this.#results.cell({ listener, map, result: RESULTS[kind] });
    const results = {
      found: cell('found'),
      notFound: cell('notFound'),
      temporary: cell('temporary'),
      permanent: cell('permanent'),
    };
    const durations = this.#durations.cell({ listener, map });
    return {
      answered(kind, ms) {
        results[kind].count++;
        durations.observe(ms / 1000);
      },
    };
  }
}

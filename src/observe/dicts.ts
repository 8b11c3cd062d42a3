import type { Registry } from 'prom-client';
import { CounterFamily, DurationFamily } from './cells.js';

export type DictOperation = 'lookup' | 'iterate' | 'commit';
export type DictResult = 'ok' | 'not-found' | 'failed' | 'uncertain';

/** Counts what one listener does with one dictionary. */
export interface DictMeter {
  ended(operation: DictOperation, result: DictResult, ms: number): void;
}

/** What Dovecot asked of dictionaries and how it ended. */
export class DictMetrics {
  readonly #results: CounterFamily<'listener' | 'dict' | 'operation' | 'result'>;
  readonly #durations: DurationFamily<'listener' | 'dict' | 'operation'>;

  constructor(registry: Registry) {
    this.#results = new CounterFamily({
      registry,
      name: 'lookupd_dict_operations_total',
      help: 'Lookups, iterations and commits of dictionaries, by result: ok, not-found, failed or uncertain.',
      labelNames: ['listener', 'dict', 'operation', 'result'],
    });
    this.#durations = new DurationFamily({
      registry,
      name: 'lookupd_dict_duration_seconds',
      help: 'From a command read to its answer known.',
      labelNames: ['listener', 'dict', 'operation'],
    });
  }

  meter(listener: string, dict: string): DictMeter {
    const cellsOf = (operation: DictOperation) => {
      const cell = (result: DictResult) => this.#results.cell({ listener, dict, operation, result });
      return {
        durations: this.#durations.cell({ listener, dict, operation }),
        results: {
          ok: cell('ok'),
          'not-found': cell('not-found'),
          failed: cell('failed'),
          uncertain: cell('uncertain'),
        },
      };
    };
    const cells = { lookup: cellsOf('lookup'), iterate: cellsOf('iterate'), commit: cellsOf('commit') };
    return {
      ended(operation, result, ms) {
        cells[operation].results[result].count++;
        cells[operation].durations.observe(ms / 1000);
      },
    };
  }
}

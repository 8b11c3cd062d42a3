import type { Registry } from 'prom-client';
import { CounterFamily, GaugeFamily } from './cells.js';

/** The program itself: the version that runs, and reloads of the configuration. */
export class ProcessMetrics {
  readonly #reloads: CounterFamily<'result'>;

  constructor(registry: Registry, version: string) {
    new GaugeFamily({
      registry,
      name: 'lookupd_build_info',
      help: 'Always 1; the label tells the version.',
      labelNames: ['version'],
      merge: 'max',
    }).cell({ version }).count = 1;
    this.#reloads = new CounterFamily({
      registry,
      name: 'lookupd_reloads_total',
      help: 'Reloads of the configuration: ok, or failed and the old one kept.',
      labelNames: ['result'],
    });
    this.#reloads.cell({ result: 'ok' });
    this.#reloads.cell({ result: 'failed' });
  }

  reloaded(result: 'ok' | 'failed'): void {
    this.#reloads.cell({ result }).count++;
  }
}

import type { Registry } from 'prom-client';
import { type Cell, CounterFamily, GaugeFamily } from './cells.js';

/** The processes that serve the listeners, where there are several. */
export class WorkerMetrics {
  readonly #running: Cell;
  readonly #exits: CounterFamily<'reason'>;

  constructor(registry: Registry) {
    this.#running = new GaugeFamily({
      registry,
      name: 'lookupd_workers',
      help: 'Worker processes that are ready.',
      labelNames: [],
    }).cell({});
    this.#exits = new CounterFamily({
      registry,
      name: 'lookupd_worker_exits_total',
      help: 'Worker processes that ended without being told to, by reason: exit, or the signal.',
      labelNames: ['reason'],
    });
  }

  running(count: number): void {
    this.#running.count = count;
  }

  exited(reason: string): void {
    this.#exits.cell({ reason }).count++;
  }
}

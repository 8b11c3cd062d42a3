import type { Registry } from 'prom-client';
import { CounterFamily, GaugeFamily } from './cells.js';
import type { Merge } from './sharing.js';

/** A list as it is now. */
export interface ListState {
  readonly list: string;
  /** Undefined until something was loaded. */
  readonly entries: number | undefined;
  readonly bytes: number;
  /** Milliseconds since what is in use was loaded. */
  readonly age: number | undefined;
}

export type ListLoad = 'loaded' | 'unchanged' | 'failed';

/** Lists of files and of URLs. */
export class ListMetrics {
  readonly #loads: CounterFamily<'list' | 'result'>;
  readonly #entries: GaugeFamily<'list'>;
  readonly #bytes: GaugeFamily<'list'>;
  readonly #age: GaugeFamily<'list'>;

  constructor(registry: Registry) {
    this.#loads = new CounterFamily({
      registry,
      name: 'lookupd_list_loads_total',
      help: 'Loads of a list: loaded, unchanged, or failed and the one before it kept.',
      labelNames: ['list', 'result'],
      merge: 'first',
    });
    const gauge = (name: string, merge: Merge, help: string) =>
      new GaugeFamily({ registry, name, help, labelNames: ['list'], merge });
    this.#entries = gauge('lookupd_list_entries', 'max', 'Entries of a list.');
    this.#bytes = gauge('lookupd_list_bytes', 'sum', 'Memory a list takes, about.');
    this.#age = gauge('lookupd_list_age_seconds', 'max', 'Time since a list was loaded, or was told to be unchanged.');
  }

  /** Shows a counter before anything is counted. */
  declare(list: string): void {
    for (const result of ['loaded', 'unchanged', 'failed']) this.#loads.cell({ list, result });
  }

  count(list: string, result: ListLoad): void {
    this.#loads.cell({ list, result }).count++;
  }

  /** All lists there are, told just before the metrics are read. */
  show(states: readonly ListState[]): void {
    for (const family of [this.#entries, this.#bytes, this.#age]) family.clear();
    for (const { list, entries, bytes, age } of states) {
      this.#entries.cell({ list }).count = entries ?? 0;
      this.#bytes.cell({ list }).count = bytes;
      if (age !== undefined) this.#age.cell({ list }).count = age / 1_000;
    }
  }
}

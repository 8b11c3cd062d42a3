import { Counter, Gauge, type Metric, type Registry } from 'prom-client';
import { type CellChange, type Merge, merged, type Shared, share } from './sharing.js';

/**
 * Counting without looking labels up: whoever counts holds a cell and adds to a plain number, and prom-client
 * reads the cells when it is asked. Its own children hash their labels at every call, which a lookup of a
 * few microseconds would feel. Labels never hold a key, a value or an address of a client.
 */
export interface Cell {
  count: number;
}

type Labels<Name extends string> = Readonly<Record<Name, string>>;

export interface FamilyOptions<Name extends string> {
  readonly registry: Registry;
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Name[];
  /** How several processes make one: by default by their sum. */
  readonly merge?: Merge;
}

abstract class CellFamily<Name extends string, C> implements Shared {
  readonly merge: Merge;
  protected readonly cells = new Map<string, { readonly labels: Labels<Name>; readonly cell: C }>();

  constructor({ registry, name, merge = 'sum' }: FamilyOptions<Name>) {
    this.merge = merge;
    share(registry, name, this);
  }

  abstract takeChanges(): CellChange[];
  abstract absorb(worker: number, changes: readonly CellChange[]): void;
  forget(_worker: number): void {}

  protected abstract create(): C;

  /** The one cell of these labels, made on first use; to be held, not asked for at each count. */
  cell(labels: Labels<Name>): C {
    const id = JSON.stringify(Object.entries(labels).sort());
    const known = this.cells.get(id);
    if (known !== undefined) return known.cell;
    const cell = this.create();
    this.cells.set(id, { labels, cell });
    return cell;
  }

  /** Forgets all cells: of what is told anew each time. */
  clear(): void {
    this.cells.clear();
  }
}

export class CounterFamily<Name extends string> extends CellFamily<Name, Cell> {
  readonly #told = new Map<Cell, number>();

  constructor(options: FamilyOptions<Name>) {
    super(options);
    const { cells } = this;
    new Counter({
      ...common(options),
      collect() {
        this.reset();
        for (const { labels, cell } of cells.values()) this.inc(labels, cell.count);
      },
    });
  }

  /** What was counted since it was last asked. A counter is told once before it counts anything. */
  takeChanges(): CellChange[] {
    const changes: CellChange[] = [];
    for (const { labels, cell } of this.cells.values()) {
      const told = this.#told.get(cell);
      if (told === cell.count) continue;
      changes.push({ labels, values: [cell.count - (told ?? 0)] });
      this.#told.set(cell, cell.count);
    }
    return changes;
  }

  absorb(_worker: number, changes: readonly CellChange[]): void {
    for (const { labels, values } of changes) this.cell(labels as Labels<Name>).count += values[0] ?? 0;
  }

  protected create(): Cell {
    return { count: 0 };
  }
}

export class GaugeFamily<Name extends string> extends CellFamily<Name, Cell> {
  /** What each other process has. */
  readonly #others = new Map<number, readonly CellChange[]>();

  constructor(options: FamilyOptions<Name>) {
    super(options);
    const present = () => [this.takeChanges(), ...this.#others.values()];
    const { merge } = this;
    new Gauge({
      ...common(options),
      collect() {
        this.reset();
        for (const { labels, value } of merged(present(), merge)) this.set(labels as Labels<Name>, value);
      },
    });
  }

  /** All of it: what is there now and not what happened. */
  takeChanges(): CellChange[] {
    return [...this.cells.values()].map(({ labels, cell }) => ({ labels, values: [cell.count] }));
  }

  absorb(worker: number, changes: readonly CellChange[]): void {
    this.#others.set(worker, changes);
  }

  override forget(worker: number): void {
    this.#others.delete(worker);
  }

  protected create(): Cell {
    return { count: 0 };
  }
}

function common<Name extends string>(options: FamilyOptions<Name>) {
  return {
    name: options.name,
    help: options.help,
    labelNames: [...options.labelNames],
    registers: [options.registry],
  };
}

/** Upper bounds in seconds, from an answer out of memory to the longest deadline. */
const BOUNDS = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** One histogram of durations. */
export class DurationCell {
  /** One count per bound, and one for what is longer than all of them. */
  readonly counts = new Float64Array(BOUNDS.length + 1);
  sum = 0;

  observe(seconds: number, times = 1): void {
    let i = 0;
    while (i < BOUNDS.length && seconds > (BOUNDS[i] as number)) i++;
    this.counts[i] = (this.counts[i] as number) + times;
    this.sum += seconds * times;
  }
}

export class DurationFamily<Name extends string> extends CellFamily<Name, DurationCell> {
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly name: string;
  readonly help: string;
  readonly #told = new Map<DurationCell, readonly number[]>();

  constructor(options: FamilyOptions<Name>) {
    super(options);
    this.name = options.name;
    this.help = options.help;
    // The registry asks no more of a metric than what this class has; its type lists prom-client's own only.
    options.registry.registerMetric(this as unknown as Metric);
  }

  get() {
    const { name, help, type, aggregator } = this;
    return Promise.resolve({ name, help, type, aggregator, values: [...this.#values()] });
  }

  reset(): void {
    this.cells.clear();
  }

  /** Counts of all bounds and the sum, as they grew. */
  takeChanges(): CellChange[] {
    const changes: CellChange[] = [];
    for (const { labels, cell } of this.cells.values()) {
      const now = [...cell.counts, cell.sum];
      const told = this.#told.get(cell);
      const values = now.map((value, i) => value - (told?.[i] ?? 0));
      if (told !== undefined && values.every((value) => value === 0)) continue;
      changes.push({ labels, values });
      this.#told.set(cell, now);
    }
    return changes;
  }

  absorb(_worker: number, changes: readonly CellChange[]): void {
    for (const { labels, values } of changes) {
      const cell = this.cell(labels as Labels<Name>);
      for (const i of cell.counts.keys()) cell.counts[i] = (cell.counts[i] as number) + (values[i] ?? 0);
      cell.sum += values[cell.counts.length] ?? 0;
    }
  }

  protected create(): DurationCell {
    return new DurationCell();
  }

  *#values() {
    for (const { labels, cell } of this.cells.values()) {
      let sofar = 0;
      for (const [i, count] of cell.counts.entries()) {
        sofar += count;
        const le = BOUNDS[i] === undefined ? '+Inf' : String(BOUNDS[i]);
        yield { metricName: `${this.name}_bucket`, labels: { ...labels, le }, value: sofar };
      }
      yield { metricName: `${this.name}_sum`, labels, value: cell.sum };
      yield { metricName: `${this.name}_count`, labels, value: sofar };
    }
  }
}

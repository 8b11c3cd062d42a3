import type { Registry } from 'prom-client';

/**
 * One process's counts as another one's: what several worker processes count, the main process adds to families of
 * its own and shows as if it had counted it itself. Counters travel as what was added, so that nothing is lost
 * from the sum when a process ends; gauges as they are, and go with their process.
 */
export interface CellChange {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

/** By the name of the family. */
export type Changes = Readonly<Record<string, readonly CellChange[]>>;

/** sum; max: the largest; first: that of the first process that has it, since each has all of it. */
export type Merge = 'sum' | 'max' | 'first';

/** A family of metrics that can be told to another process. */
export interface Shared {
  readonly merge: Merge;
  takeChanges(): CellChange[];
  absorb(worker: number, changes: readonly CellChange[]): void;
  /** The process has ended. */
  forget(worker: number): void;
}

const families = new WeakMap<Registry, Map<string, Shared>>();

/** Makes a family known by its name. */
export function share(registry: Registry, name: string, family: Shared): void {
  const known = families.get(registry) ?? new Map<string, Shared>();
  families.set(registry, known.set(name, family));
}

export function takeChanges(registry: Registry): Changes {
  const all = [...familiesOf(registry)].map(([name, family]) => [name, family.takeChanges()] as const);
  return Object.fromEntries(all.filter(([, changes]) => changes.length > 0));
}

/** `isFirst`: no process before it has what all of them have. */
export function absorb(registry: Registry, worker: number, changes: Changes, isFirst: boolean): void {
  for (const [name, family] of familiesOf(registry)) {
    if (family.merge === 'first' && !isFirst) family.forget(worker);
    else family.absorb(worker, changes[name] ?? []);
  }
}

export function forget(registry: Registry, worker: number): void {
  for (const [, family] of familiesOf(registry)) family.forget(worker);
}

function familiesOf(registry: Registry): ReadonlyMap<string, Shared> {
  return families.get(registry) ?? new Map();
}

/** The gauges of several processes as one. */
export function* merged(
  all: readonly (readonly CellChange[])[],
  merge: Merge,
): Generator<{ readonly labels: CellChange['labels']; readonly value: number }> {
  const values = new Map<string, { readonly labels: CellChange['labels']; value: number }>();
  for (const { labels, values: told } of all.flat()) {
    const id = JSON.stringify(Object.entries(labels).sort());
    const value = told[0] ?? 0;
    const known = values.get(id);
    if (known === undefined) values.set(id, { labels, value });
    else if (merge === 'sum') known.value += value;
    else if (merge === 'max') known.value = Math.max(known.value, value);
  }
  yield* values.values();
}

import { compareIds, type StreamId } from './stream-id.js';

/** An entry that was delivered to a consumer and not acknowledged yet. */
export interface PendingEntry {
  readonly id: StreamId;
  /** Whose list it is in besides the group's. */
  consumer: PendingOwner;
  /** Milliseconds since the epoch. */
  deliveredAt: number;
  deliveries: number;
}

export interface PendingOwner {
  readonly name: string;
  readonly pending: PendingList;
}

/**
 * Pending entries ordered by ID, in sorted runs. IDs mostly come in order and go in order, which costs least;
 * any other order costs the moving of one run.
 */
export class PendingList {
  size = 0;
  private readonly runs: PendingEntry[][] = [];

  get(id: StreamId): PendingEntry | undefined {
    const found = this.atOrAfter(id);
    return found && compareIds(found.id, id) === 0 ? found : undefined;
  }

  get first(): PendingEntry | undefined {
    return this.runs[0]?.[0];
  }

  get last(): PendingEntry | undefined {
    return this.runs.at(-1)?.at(-1);
  }

  /** The entry with this ID must not be there. */
  add(entry: PendingEntry): void {
    this.size++;
    const { last } = this;
    if (last === undefined || compareIds(last.id, entry.id) < 0) {
      const run = this.runs.at(-1);
      if (run && run.length < CAPACITY) run.push(entry);
      else this.runs.push([entry]);
      return;
    }
    const at = this.runFor(entry.id);
    const run = this.runs[at]!;
    run.splice(lowerBound(run, entry.id), 0, entry);
    if (run.length > CAPACITY) this.runs.splice(at + 1, 0, run.splice(CAPACITY >> 1));
  }

  /** The entry must be there. */
  remove({ id }: PendingEntry): void {
    this.size--;
    const at = this.runFor(id);
    const run = this.runs[at]!;
    run.splice(lowerBound(run, id), 1);
    if (run.length === 0) this.runs.splice(at, 1);
  }

  /** The first entry with this ID or a later one. */
  atOrAfter(id: StreamId): PendingEntry | undefined {
    const at = this.runFor(id);
    const run = this.runs[at];
    return run && (run[lowerBound(run, id)] ?? this.runs[at + 1]?.[0]);
  }

  /** Entries in order, from an ID on; the list must not change meanwhile. */
  *from(id: StreamId): Generator<PendingEntry> {
    let at = this.runFor(id);
    let start = at < this.runs.length ? lowerBound(this.runs[at]!, id) : 0;
    for (; at < this.runs.length; at++, start = 0) {
      const run = this.runs[at]!;
      for (let i = start; i < run.length; i++) yield run[i]!;
    }
  }

  /** In order. */
  [Symbol.iterator](): Iterator<PendingEntry> {
    return this.runs.flat()[Symbol.iterator]();
  }

  /** The last run that begins at or before the ID. */
  private runFor(id: StreamId): number {
    let low = 0;
    let high = this.runs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (compareIds(this.runs[middle]![0]!.id, id) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

const CAPACITY = 256;

/** The first place whose ID is not before this one. */
function lowerBound(run: readonly PendingEntry[], id: StreamId): number {
  let low = 0;
  let high = run.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareIds(run[middle]!.id, id) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

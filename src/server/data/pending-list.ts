import type { ByteString } from '../../resp/args.js';
import { compareIds, type StreamId } from './stream-id.js';

/** An entry that was delivered to a consumer and not acknowledged yet. What changes of it is replaced: copies share it. */
export interface PendingEntry {
  readonly id: StreamId;
  /** The name of the consumer whose list it is in besides the group's. */
  readonly consumer: ByteString;
  /** Milliseconds since the epoch. */
  readonly deliveredAt: number;
  readonly deliveries: number;
}

/**
 * Pending entries ordered by ID, in sorted runs. IDs mostly come in order and go in order, which costs least;
 * any other order costs the moving of one run. A copy shares the runs, until one of the two changes them.
 */
export class PendingList {
  size = 0;
  private runs: Run[] = [];
  /** That of the runs that no copy has. */
  private owner = {};

  get(id: StreamId): PendingEntry | undefined {
    const found = this.atOrAfter(id);
    return found && compareIds(found.id, id) === 0 ? found : undefined;
  }

  get first(): PendingEntry | undefined {
    return this.runs[0]?.entries[0];
  }

  get last(): PendingEntry | undefined {
    return this.runs.at(-1)?.entries.at(-1);
  }

  /** The entry with this ID must not be there. */
  add(entry: PendingEntry): void {
    this.size++;
    const { last } = this;
    if (last === undefined || compareIds(last.id, entry.id) < 0) {
      const end = this.runs.length - 1;
      if (end >= 0 && this.runs[end]!.entries.length < CAPACITY) this.own(end).push(entry);
      else this.runs.push(this.run([entry]));
      return;
    }
    const at = this.runFor(entry.id);
    const entries = this.own(at);
    entries.splice(lowerBound(entries, entry.id), 0, entry);
    if (entries.length > CAPACITY) this.runs.splice(at + 1, 0, this.run(entries.splice(CAPACITY >> 1)));
  }

  /** In the place of the one with the same ID, which must be there. Whoever goes through the list may do so. */
  replace(entry: PendingEntry): void {
    const entries = this.own(this.runFor(entry.id));
    entries[lowerBound(entries, entry.id)] = entry;
  }

  /** The entry must be there. */
  remove({ id }: PendingEntry): void {
    this.size--;
    const at = this.runFor(id);
    const entries = this.own(at);
    entries.splice(lowerBound(entries, id), 1);
    if (entries.length === 0) this.runs.splice(at, 1);
  }

  /** The first entry with this ID or a later one. */
  atOrAfter(id: StreamId): PendingEntry | undefined {
    const at = this.runFor(id);
    const entries = this.runs[at]?.entries;
    return entries && (entries[lowerBound(entries, id)] ?? this.runs[at + 1]?.entries[0]);
  }

  /** Entries in order, from an ID on; the list must not change meanwhile. */
  *from(id: StreamId): Generator<PendingEntry> {
    let at = this.runFor(id);
    let start = at < this.runs.length ? lowerBound(this.runs[at]!.entries, id) : 0;
    for (; at < this.runs.length; at++, start = 0) {
      const { entries } = this.runs[at]!;
      for (let i = start; i < entries.length; i++) yield entries[i]!;
    }
  }

  /** In order. */
  [Symbol.iterator](): Iterator<PendingEntry> {
    return this.runs.flatMap(({ entries }) => entries)[Symbol.iterator]();
  }

  clone(): PendingList {
    const copy = new PendingList();
    copy.size = this.size;
    copy.runs = this.runs.slice();
    this.owner = {};
    return copy;
  }

  private run(entries: PendingEntry[]): Run {
    return { owner: this.owner, entries };
  }

  /** The entries of a run, to be written to. */
  private own(at: number): PendingEntry[] {
    const { owner, entries } = this.runs[at]!;
    if (owner === this.owner) return entries;
    return (this.runs[at] = this.run(entries.slice())).entries;
  }

  /** The last run that begins at or before the ID. */
  private runFor(id: StreamId): number {
    let low = 0;
    let high = this.runs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (compareIds(this.runs[middle]!.entries[0]!.id, id) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

interface Run {
  readonly owner: object;
  /** Never none. */
  readonly entries: PendingEntry[];
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

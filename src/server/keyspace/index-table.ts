import { freeBuffers } from './free-buffers.js';
import type { Ref } from './memory.js';
import { Table } from './slot-table.js';

/**
 * Hash table of entry refs: open addressing with linear probing over (hash, ref) pairs, hashes of 32 bits with a sign,
 * deletion by shifting back, so there are no tombstones. It grows and shrinks in steps: while `old` is being moved, each
 * write moves a few slots, and so does each lookup of a key or a member, which asks both tables. Growing and copying take
 * no long time at any size (slot-table.ts).
 *
 * Scanning has SCAN's guarantees across resizes: a cursor is a bucket number counted in reversed bits, and an
 * entry belongs to the bucket its hash names, wherever probing has put it.
 */
export class IndexTable {
  private table = new Table(MIN_SLOTS);
  private old: Table | undefined;
  private moved = 0;
  /** Room was made for entries that are still to come: it is not taken back before any has gone. */
  private awaitsEntries = false;
  /** Of tables that `clear` has left. */
  private left: ArrayBuffer[] = [];

  get size(): number {
    return this.table.used + (this.old?.used ?? 0);
  }

  get slots(): number {
    return this.table.mask + 1 + (this.old ? this.old.mask + 1 : 0);
  }

  /** Whether a resize is under way (DEBUG HTSTATS, tests). */
  get resizing(): boolean {
    return this.old !== undefined;
  }

  find(hash: number, matches: (ref: Ref) => boolean): Ref {
    const ref = this.table.find(hash, matches);
    return ref === 0 && this.old ? this.old.find(hash, matches) : ref;
  }

  /** Candidates for a hash, one after another, without a closure: for hot paths. Start with `first`. */
  get current(): Table {
    return this.table;
  }

  get previous(): Table | undefined {
    return this.old;
  }

  /** For lookups during a resize, before they look: until it is done each one may have to look into two tables. */
  moveSome(): void {
    this.move(LOOKUP_STEP);
  }

  /** The entry must not be there yet. */
  insert(hash: number, ref: Ref): void {
    if (this.old) this.move(STEP);
    const slots = this.table.mask + 1;
    if (this.size * 4 >= slots * 3) {
      if (this.old) this.move(this.old.mask + 1);
      this.resize(slots * 2);
    }
    this.table.insert(hash, ref);
  }

  /** Room for so many entries, where there are none yet: it need not grow on the way there. */
  reserve(entries: number): void {
    if (this.size > 0) return;
    let slots = MIN_SLOTS;
    while (slots * 3 < entries * 4) slots *= 2;
    this.old = undefined;
    this.table = new Table(slots);
    this.awaitsEntries = true;
  }

  endReserve(): void {
    this.awaitsEntries = false;
  }

  remove(hash: number, ref: Ref): void {
    this.awaitsEntries = false;
    if (!this.table.remove(hash, ref)) this.old?.remove(hash, ref);
    this.step(STEP);
  }

  /** The same entry has moved to another place in memory. */
  replace(hash: number, from: Ref, to: Ref): void {
    if (!this.table.replace(hash, from, to)) this.old?.replace(hash, from, to);
  }

  clear(): void {
    this.left.push(...this.table.leave(), ...(this.old?.leave() ?? []));
    this.table = new Table(MIN_SLOTS);
    this.old = undefined;
    this.moved = 0;
    this.awaitsEntries = false;
  }

  /** The same entries at the same places: what they are numbered by must be copied likewise. */
  clone(): IndexTable {
    const copy = new IndexTable();
    copy.table = this.table.clone();
    copy.old = this.old?.clone();
    copy.moved = this.moved;
    return copy;
  }

  /** Gives a piece of what was cleared back to the system, if there is one. */
  giveBackSome(): boolean {
    const piece = this.left.pop();
    if (piece !== undefined) freeBuffers([piece]);
    return piece !== undefined;
  }

  /** A piece of a resize, which is begun where few slots are in use; true when nothing is left to move. */
  step(slots: number): boolean {
    const { used, mask } = this.table;
    if (!this.old && !this.awaitsEntries && mask >= MIN_SLOTS && used * 10 <= mask) this.shrink();
    return this.move(slots);
  }

  private move(slots: number): boolean {
    const { old } = this;
    if (!old) return true;
    const end = Math.min(this.moved + slots, old.mask + 1);
    for (; this.moved < end; this.moved++) old.moveSlot(this.moved, this.table);
    old.giveBackBefore(this.moved);
    if (this.moved <= old.mask) return false;
    this.old = undefined;
    return true;
  }

  /** What visits looks nothing up in this table, here and in `scan`: lookups move entries. */
  forEach(visit: (ref: Ref) => void): void {
    this.table.forEach(visit);
    this.old?.forEach(visit);
  }

  /** Visits one step of a scan and answers the next cursor, 0 at the end. */
  scan(cursor: number, visit: (ref: Ref) => void): number {
    const { old, table } = this;
    if (!old) {
      table.bucket(cursor & table.mask, visit);
      return nextCursor(cursor, table.mask);
    }
    const [small, large] = old.mask < table.mask ? [old, table] : [table, old];
    small.bucket(cursor & small.mask, visit);
    do {
      large.bucket(cursor & large.mask, visit);
      cursor = nextCursor(cursor, large.mask);
    } while ((cursor & (small.mask ^ large.mask)) !== 0);
    return cursor;
  }

  /** An entry drawn at random, any of them alike; 0 when there is none. `draw` gives numbers in [0, 1). */
  sample(draw: () => number): Ref {
    const { old, table } = this;
    if (old && draw() * this.size < old.used) return old.sample(draw, this.moved);
    return table.sample(draw, 0);
  }

  private shrink(): void {
    let slots = this.table.mask + 1;
    while (slots > MIN_SLOTS && this.table.used * 4 < slots) slots /= 2;
    this.resize(slots);
  }

  private resize(slots: number): void {
    this.old = this.table;
    this.table = new Table(slots);
    this.moved = 0;
  }
}

/** Buckets that a step of a scan may look at for each entry it wants: a table just emptied has few left. */
export const BUCKETS_PER_ENTRY = 10;
const MIN_SLOTS = 16;
/** Slots moved by each write during a resize: enough to be done long before the next one. */
const STEP = 16;
const LOOKUP_STEP = 4;

/** Counts up in reversed bits under the mask: the order that survives doubling and halving. */
function nextCursor(cursor: number, mask: number): number {
  return reverse((reverse(cursor | ~mask) + 1) | 0) >>> 0;
}

function reverse(bits: number): number {
  bits = ((bits >>> 1) & 0x55555555) | ((bits & 0x55555555) << 1);
  bits = ((bits >>> 2) & 0x33333333) | ((bits & 0x33333333) << 2);
  bits = ((bits >>> 4) & 0x0f0f0f0f) | ((bits & 0x0f0f0f0f) << 4);
  bits = ((bits >>> 8) & 0x00ff00ff) | ((bits & 0x00ff00ff) << 8);
  return (bits >>> 16) | (bits << 16);
}

import type { Ref } from './memory.js';

/**
 * Hash table of entry refs: open addressing with linear probing over one typed array of (hash, ref) pairs,
 * hashes of 32 bits with a sign, deletion by shifting back, so there are no tombstones. It grows and shrinks in steps: while `old` is being
 * moved, each write moves a few slots, lookups ask both.
 *
 * Scanning has SCAN's guarantees across resizes: a cursor is a bucket number counted in reversed bits, and an
 * entry belongs to the bucket its hash names, wherever probing has put it.
 */
export class IndexTable {
  private table = new Table(MIN_SLOTS);
  private old: Table | undefined;
  private moved = 0;

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

  remove(hash: number, ref: Ref): void {
    if (!this.table.remove(hash, ref)) this.old?.remove(hash, ref);
    this.step(STEP);
  }

  /** The same entry has moved to another place in memory. */
  replace(hash: number, from: Ref, to: Ref): void {
    if (!this.table.replace(hash, from, to)) this.old?.replace(hash, from, to);
  }

  clear(): void {
    this.table = new Table(MIN_SLOTS);
    this.old = undefined;
    this.moved = 0;
  }

  /** The same entries at the same places: what they are numbered by must be copied likewise. */
  clone(): IndexTable {
    const copy = new IndexTable();
    copy.table = this.table.clone();
    copy.old = this.old?.clone();
    copy.moved = this.moved;
    return copy;
  }

  /** A piece of a resize, which is begun where few slots are in use; true when nothing is left to move. */
  step(slots: number): boolean {
    const { used, mask } = this.table;
    if (!this.old && mask >= MIN_SLOTS && used * 10 <= mask) this.shrink();
    return this.move(slots);
  }

  private move(slots: number): boolean {
    const { old } = this;
    if (!old) return true;
    const end = Math.min(this.moved + slots, old.mask + 1);
    for (; this.moved < end; this.moved++) old.moveSlot(this.moved, this.table);
    if (this.moved <= old.mask) return false;
    this.old = undefined;
    return true;
  }

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

export class Table {
  readonly mask: number;
  used = 0;

  constructor(
    slots: number,
    readonly pairs = new Uint32Array(slots * 2),
  ) {
    this.mask = slots - 1;
  }

  clone(): Table {
    const copy = new Table(this.mask + 1, this.pairs.slice());
    copy.used = this.used;
    return copy;
  }

  find(hash: number, matches: (ref: Ref) => boolean): Ref {
    const { pairs, mask } = this;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const ref = pairs[slot * 2 + 1]!;
      if (ref === 0) return 0;
      if ((pairs[slot * 2]! ^ hash) === 0 && matches(ref)) return ref;
    }
  }

  insert(hash: number, ref: Ref): void {
    const { pairs, mask } = this;
    let slot = hash & mask;
    while (pairs[slot * 2 + 1] !== 0) slot = (slot + 1) & mask;
    pairs[slot * 2] = hash;
    pairs[slot * 2 + 1] = ref;
    this.used++;
  }

  remove(hash: number, ref: Ref): boolean {
    const slot = this.slotOf(hash, ref);
    if (slot < 0) return false;
    this.empty(slot);
    return true;
  }

  replace(hash: number, from: Ref, to: Ref): boolean {
    const slot = this.slotOf(hash, from);
    if (slot < 0) return false;
    this.pairs[slot * 2 + 1] = to;
    return true;
  }

  forEach(visit: (ref: Ref) => void): void {
    for (let i = 1; i < this.pairs.length; i += 2) {
      const ref = this.pairs[i]!;
      if (ref !== 0) visit(ref);
    }
  }

  forEachHash(visit: (hash: number) => void): void {
    for (let i = 1; i < this.pairs.length; i += 2) if (this.pairs[i] !== 0) visit(this.pairs[i - 1]!);
  }

  /** Every entry whose hash names this bucket. */
  bucket(home: number, visit: (ref: Ref) => void): void {
    const { pairs, mask } = this;
    for (let slot = home; ; slot = (slot + 1) & mask) {
      const ref = pairs[slot * 2 + 1]!;
      if (ref === 0) return;
      if ((pairs[slot * 2]! & mask) === home) visit(ref);
    }
  }

  /**
   * An entry from a slot on, drawn at random: slots are tried until one is in use. Where hardly any is (a table
   * that waits for being shrunk) the next one after a random slot has to do.
   */
  sample(draw: () => number, from: number): Ref {
    const { pairs, mask } = this;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const ref = pairs[(from + Math.floor(draw() * (mask + 1 - from))) * 2 + 1]!;
      if (ref !== 0) return ref;
    }
    return this.at(Math.floor(draw() * (mask + 1)));
  }

  /** The first entry at or after a slot, 0 in an empty table. */
  at(start: number): Ref {
    if (this.used === 0) return 0;
    const { pairs, mask } = this;
    for (let slot = start & mask; ; slot = (slot + 1) & mask) {
      const ref = pairs[slot * 2 + 1]!;
      if (ref !== 0) return ref;
    }
  }

  moveSlot(slot: number, target: Table): void {
    const { pairs } = this;
    for (let ref = pairs[slot * 2 + 1]!; ref !== 0; ref = pairs[slot * 2 + 1]!) {
      const hash = pairs[slot * 2]!;
      this.empty(slot);
      target.insert(hash, ref);
    }
  }

  private slotOf(hash: number, ref: Ref): number {
    const { pairs, mask } = this;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const found = pairs[slot * 2 + 1]!;
      if (found === ref) return slot;
      if (found === 0) return -1;
    }
  }

  /** Empties a slot and moves later entries of its run back, so that every run stays without a gap. */
  private empty(hole: number): void {
    const { pairs, mask } = this;
    this.used--;
    for (let slot = (hole + 1) & mask; ; slot = (slot + 1) & mask) {
      const ref = pairs[slot * 2 + 1]!;
      if (ref === 0) break;
      const home = pairs[slot * 2]! & mask;
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        pairs[hole * 2] = pairs[slot * 2]!;
        pairs[hole * 2 + 1] = ref;
        hole = slot;
      }
    }
    pairs[hole * 2 + 1] = 0;
  }
}

/** Buckets that a step of a scan may look at for each entry it wants: a table just emptied has few left. */
export const BUCKETS_PER_ENTRY = 10;
const MIN_SLOTS = 16;
const MAX_TRIES = 100;
/** Slots moved by each write during a resize: enough to be done long before the next one. */
const STEP = 16;

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

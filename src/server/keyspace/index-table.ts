import { freeBuffers } from './free-buffers.js';
import type { Ref } from './memory.js';

/**
 * Hash table of entry refs: open addressing with linear probing over (hash, ref) pairs, hashes of 32 bits with a sign,
 * deletion by shifting back, so there are no tombstones. It grows and shrinks in steps: while `old` is being moved, each
 * write moves a few slots, lookups of keys and members do, and ask both. A table is memory that the system makes when it is touched, seen as pages, which a
 * copy shares until one of the two changes them: neither growing nor copying takes long at any size. What a large one has
 * left behind goes back to the system piece by piece: the garbage collector would free it all at once, and stand still
 * meanwhile.
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

export class Table {
  readonly mask: number;
  used = 0;
  /** (hash, ref) of each slot, so many slots to a page; ref 0: the slot is empty. */
  private readonly pages: Uint32Array[];
  /** What the pages are parts of, while no copy may have them too; so many are given back to the system. */
  private pieces: Uint32Array<ArrayBuffer>[];
  private given = 0;
  /** Pages that a copy may have too. */
  private shared: Uint8Array | undefined;

  constructor(slots: number, pages?: Uint32Array[]) {
    this.mask = slots - 1;
    this.pieces = pages === undefined ? emptyPieces(slots) : [];
    this.pages = pages ?? this.pieces.flatMap(pagesOf);
  }

  clone(): Table {
    const copy = new Table(this.mask + 1, this.pages.slice());
    this.shared = new Uint8Array(this.pages.length).fill(1);
    copy.shared = this.shared.slice();
    copy.used = this.used;
    this.pieces = [];
    return copy;
  }

  /** Nobody looks at it any more: its memory, unless a copy may have it too. */
  leave(): ArrayBuffer[] {
    if (this.mask + 1 < WORTH_IT) return [];
    return this.pieces.slice(this.given).map(({ buffer }) => buffer);
  }

  /** All slots before this one are empty for good. */
  giveBackBefore(slot: number): void {
    const end = (this.given + 1) * PIECE_SLOTS;
    if (slot < end || this.given >= this.pieces.length) return;
    const pages = this.pages.length / this.pieces.length;
    this.pages.fill(EMPTY_PAGE, this.given * pages, (this.given + 1) * pages);
    freeBuffers([this.pieces[this.given++]!.buffer]);
  }

  find(hash: number, matches: (ref: Ref) => boolean): Ref {
    const { mask } = this;
    let page = this.page(hash & mask);
    for (let slot = hash & mask; ; ) {
      const at = (slot & PAGE_MASK) * 2;
      const ref = page[at + 1]!;
      if (ref === 0) return 0;
      if ((page[at]! ^ hash) === 0 && matches(ref)) return ref;
      slot = (slot + 1) & mask;
      if ((slot & PAGE_MASK) === 0) page = this.page(slot);
    }
  }

  /** Touches the slot that the hash names. */
  glance(hash: number): number {
    const slot = hash & this.mask;
    return this.page(slot)[(slot & PAGE_MASK) * 2]!;
  }

  /** The first entry with this hash, which is the one that is looked for as a rule; 0: none. */
  likely(hash: number): Ref {
    const { mask } = this;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const page = this.page(slot);
      const at = (slot & PAGE_MASK) * 2;
      if (page[at + 1] === 0 || (page[at]! ^ hash) === 0) return page[at + 1]!;
    }
  }

  insert(hash: number, ref: Ref): void {
    const { mask } = this;
    let slot = hash & mask;
    while (this.ref(slot) !== 0) slot = (slot + 1) & mask;
    this.put(slot, hash, ref);
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
    this.put(slot, hash, to);
    return true;
  }

  forEach(visit: (ref: Ref) => void): void {
    this.eachSlot((_, ref) => visit(ref));
  }

  forEachHash(visit: (hash: number) => void): void {
    this.eachSlot((hash) => visit(hash));
  }

  private eachSlot(visit: (hash: number, ref: Ref) => void): void {
    for (const page of this.pages) {
      for (let i = 0; i < page.length; i += 2) if (page[i + 1] !== 0) visit(page[i]!, page[i + 1]!);
    }
  }

  /** Every entry whose hash names this bucket. */
  bucket(home: number, visit: (ref: Ref) => void): void {
    const { mask } = this;
    for (let slot = home; ; slot = (slot + 1) & mask) {
      const ref = this.ref(slot);
      if (ref === 0) return;
      if ((this.hash(slot) & mask) === home) visit(ref);
    }
  }

  /**
   * An entry from a slot on, drawn at random: slots are tried until one is in use. Where hardly any is (a table
   * that waits for being shrunk) the next one after a random slot has to do.
   */
  sample(draw: () => number, from: number): Ref {
    const { mask } = this;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const ref = this.ref(from + Math.floor(draw() * (mask + 1 - from)));
      if (ref !== 0) return ref;
    }
    return this.at(Math.floor(draw() * (mask + 1)));
  }

  /** The first entry at or after a slot, 0 in an empty table. */
  at(start: number): Ref {
    if (this.used === 0) return 0;
    const { mask } = this;
    for (let slot = start & mask; ; slot = (slot + 1) & mask) {
      const ref = this.ref(slot);
      if (ref !== 0) return ref;
    }
  }

  moveSlot(slot: number, target: Table): void {
    for (let ref = this.ref(slot); ref !== 0; ref = this.ref(slot)) {
      const hash = this.hash(slot);
      this.empty(slot);
      target.insert(hash, ref);
    }
  }

  /** The page of a slot, to be read. */
  page(slot: number): Uint32Array {
    return this.pages[slot >>> PAGE_BITS]!;
  }

  private ref(slot: number): Ref {
    return this.page(slot)[(slot & PAGE_MASK) * 2 + 1]!;
  }

  private hash(slot: number): number {
    return this.page(slot)[(slot & PAGE_MASK) * 2]!;
  }

  private put(slot: number, hash: number, ref: Ref): void {
    const number = slot >>> PAGE_BITS;
    if (this.shared !== undefined && this.shared[number] === 1) this.own(number, this.shared);
    const page = this.pages[number]!;
    const at = (slot & PAGE_MASK) * 2;
    page[at] = hash;
    page[at + 1] = ref;
  }

  private own(number: number, shared: Uint8Array): void {
    this.pages[number] = this.pages[number]!.slice();
    shared[number] = 0;
  }

  private slotOf(hash: number, ref: Ref): number {
    const { mask } = this;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const found = this.ref(slot);
      if (found === ref) return slot;
      if (found === 0) return -1;
    }
  }

  /** Empties a slot and moves later entries of its run back, so that every run stays without a gap. */
  private empty(hole: number): void {
    const { mask } = this;
    this.used--;
    for (let slot = (hole + 1) & mask; ; slot = (slot + 1) & mask) {
      const ref = this.ref(slot);
      if (ref === 0) break;
      const hash = this.hash(slot);
      if (((slot - hash) & mask) >= ((slot - hole) & mask)) {
        this.put(hole, hash, ref);
        hole = slot;
      }
    }
    this.put(hole, 0, 0);
  }
}

/** Slots of a page, as a number of bits and otherwise. */
const PAGE_BITS = 14;
const PAGE_SLOTS = 1 << PAGE_BITS;
export const PAGE_MASK = PAGE_SLOTS - 1;

/**
 * Slots of the pieces of a large table, 32 MiB each: for so much the system's allocator always takes untouched memory,
 * which need not be emptied, and giving it back takes some 2 ms.
 */
const PIECE_SLOTS = 1 << 22;
/** Slots of a table that is not left to the garbage collector. */
const WORTH_IT = 1 << 17;
const EMPTY_PAGE = new Uint32Array(PAGE_SLOTS * 2);

function emptyPieces(slots: number): Uint32Array<ArrayBuffer>[] {
  const size = Math.min(slots, PIECE_SLOTS);
  return Array.from({ length: slots / size }, () => new Uint32Array(size * 2));
}

function pagesOf(piece: Uint32Array): Uint32Array[] {
  if (piece.length <= PAGE_SLOTS * 2) return [piece];
  return Array.from({ length: piece.length / (PAGE_SLOTS * 2) }, (_, i) =>
    piece.subarray(i * PAGE_SLOTS * 2, (i + 1) * PAGE_SLOTS * 2),
  );
}

/** Buckets that a step of a scan may look at for each entry it wants: a table just emptied has few left. */
export const BUCKETS_PER_ENTRY = 10;
const MIN_SLOTS = 16;
const MAX_TRIES = 100;
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

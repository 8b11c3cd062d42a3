import { freeBuffers } from './free-buffers.js';
import type { Ref } from './memory.js';

/**
 * The slots of an index (index-table.ts), one table of one size. It is memory that the system makes when it is touched, seen as
 * pages, which a copy shares until one of the two changes them. What a large one leaves behind goes back to the system piece
 * by piece: the garbage collector would free it all at once, and stand still meanwhile.
 */
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

const MAX_TRIES = 100;

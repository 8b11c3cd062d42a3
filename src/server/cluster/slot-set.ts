import { SLOT_COUNT } from '../../resp/key-slot.js';

/** A set of slots as the cluster bus has it: a bit for each, the lowest of a byte first. */
export class SlotSet {
  readonly bits = Buffer.alloc(SLOT_COUNT / 8);
  size = 0;

  static from(bits: Uint8Array): SlotSet {
    const set = new SlotSet();
    set.bits.set(bits.subarray(0, set.bits.length));
    for (let slot = 0; slot < SLOT_COUNT; slot++) if (set.has(slot)) set.size++;
    return set;
  }

  has(slot: number): boolean {
    return (this.bits[slot >> 3]! & (1 << (slot & 7))) !== 0;
  }

  add(slot: number): void {
    if (this.has(slot)) return;
    this.bits[slot >> 3]! |= 1 << (slot & 7);
    this.size++;
  }

  delete(slot: number): void {
    if (!this.has(slot)) return;
    this.bits[slot >> 3]! &= ~(1 << (slot & 7));
    this.size--;
  }

  *[Symbol.iterator](): Generator<number> {
    if (this.size === 0) return;
    for (let slot = 0; slot < SLOT_COUNT; slot++) if (this.has(slot)) yield slot;
  }

  /** First and last of each run, in order. */
  ranges(): SlotRange[] {
    const ranges: SlotRange[] = [];
    let first = -1;
    for (let slot = 0; slot <= SLOT_COUNT; slot++) {
      const isIn = slot < SLOT_COUNT && this.has(slot);
      if (isIn && first < 0) first = slot;
      if (isIn || first < 0) continue;
      ranges.push([first, slot - 1]);
      first = -1;
    }
    return ranges;
  }
}

export type SlotRange = readonly [first: number, last: number];

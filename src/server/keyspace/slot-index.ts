import { SLOT_COUNT, slotOfBytes } from '../../resp/key-slot.js';
import type { Ref } from './memory.js';

/** The entries of a database by the slots of their keys, for a node of a cluster: about 40 bytes of heap for each. */
export class SlotIndex {
  private slots = new Array<Set<Ref> | undefined>(SLOT_COUNT).fill(undefined);

  /** The key lies at `start` of the bytes. */
  add(ref: Ref, bytes: Uint8Array, start: number, length: number): void {
    const slot = slotOfBytes(bytes, start, start + length);
    const refs = this.slots[slot];
    if (refs === undefined) this.slots[slot] = new Set([ref]);
    else refs.add(ref);
  }

  remove(ref: Ref, bytes: Uint8Array, start: number, length: number): void {
    const slot = slotOfBytes(bytes, start, start + length);
    const refs = this.slots[slot];
    refs?.delete(ref);
    if (refs?.size === 0) this.slots[slot] = undefined;
  }

  count(slot: number): number {
    return this.slots[slot]?.size ?? 0;
  }

  /** The oldest first. Takes as long as there are refs asked for, however many the slot has. */
  refs(slot: number, most: number): Ref[] {
    const refs: Ref[] = [];
    for (const ref of this.slots[slot] ?? []) {
      if (refs.length >= most) break;
      refs.push(ref);
    }
    return refs;
  }

  clear(): void {
    this.slots.fill(undefined);
  }
}

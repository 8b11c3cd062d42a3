import { type Area, copyPart } from '../../resp/area.js';
import type { ByteString } from '../../resp/args.js';
import type { ReplySink } from '../../resp/sink.js';
import { capacity, Memory, type Ref } from '../keyspace/memory.js';
import { textsMemory } from './member-table.js';
import { PagedArray } from './paged-array.js';

/**
 * Byte strings by place, 0 to size - 1. The first few and long ones are strings on the heap; the others are
 * bytes in blocks outside of it, a word for their length before them, so that garbage collection does not see
 * them and a new value of about the same length overwrites the old one.
 */
export class ValueStore {
  private slots = new PagedArray<ByteString | Ref>();
  private outside: Memory | undefined;
  /** Values on the heap, and their bytes. */
  private texts = 0;
  private textBytes = 0;

  /** Only once there is a block: not every hash has one. */
  private get blocks(): Memory {
    return (this.outside ??= new Memory(FIRST_SEGMENT));
  }

  get size(): number {
    return this.slots.length;
  }

  text(place: number): ByteString {
    const slot = this.slots.at(place);
    if (typeof slot === 'string') return slot;
    const { blocks } = this;
    const start = blocks.offset(slot) + HEAD;
    return blocks.segment(slot).latin1Slice(start, start + blocks.word(slot, 0));
  }

  length(place: number): number {
    const slot = this.slots.at(place);
    return typeof slot === 'string' ? slot.length : this.blocks.word(slot, 0);
  }

  reply(place: number, sink: ReplySink): void {
    const slot = this.slots.at(place);
    if (typeof slot === 'string') {
      sink.bulk(slot);
      return;
    }
    const { blocks } = this;
    const start = blocks.offset(slot) + HEAD;
    sink.bulkPart(blocks.area(slot), start, blocks.word(slot, 0));
  }

  /** Looks at the values at these places, changing nothing; -1: none. */
  fetch(places: Int32Array, count: number): number {
    const { slots, outside } = this;
    let seen = 0;
    if (outside === undefined) return seen;
    for (let i = 0; i < count; i++) {
      const slot = places[i]! >= 0 ? slots.at(places[i]!) : 0;
      places[i] = typeof slot === 'number' ? slot : 0;
    }
    for (let i = 0; i < count; i++) if (places[i] !== 0) seen ^= outside.glance(places[i]!);
    return seen;
  }

  push(area: Area, start: number, length: number): void {
    this.slots.push(this.keep(area, start, length));
  }

  set(place: number, area: Area, start: number, length: number): void {
    const slot = this.slots.at(place);
    if (typeof slot === 'number') {
      if (length <= LONG && capacity(HEAD + length) === capacity(HEAD + this.blocks.word(slot, 0))) {
        this.fill(slot, area, start, length);
        return;
      }
    }
    this.drop(slot);
    this.slots.set(place, this.keep(area, start, length));
  }

  /** The last value takes the place of the removed one. */
  removeBySwap(place: number): void {
    this.drop(this.slots.at(place));
    const last = this.slots.pop();
    if (place < this.slots.length) this.slots.set(place, last);
  }

  removeInOrder(place: number): void {
    this.drop(this.slots.at(place));
    this.slots.removeInOrder(place);
  }

  clone(): ValueStore {
    const copy = new ValueStore();
    copy.slots = this.slots.clone();
    copy.outside = this.outside?.clone();
    copy.texts = this.texts;
    copy.textBytes = this.textBytes;
    return copy;
  }

  /** Bytes of memory. */
  memory(): number {
    return textsMemory(this.texts, this.textBytes) + (this.outside?.used ?? 0) + (this.slots.length - this.texts) * 8;
  }

  private keep(area: Area, start: number, length: number): ByteString | Ref {
    if (this.slots.length < FEW || length > LONG) return this.keepText(area.bytes.latin1Slice(start, start + length));
    const ref = this.blocks.allocate(HEAD + length);
    this.fill(ref, area, start, length);
    return ref;
  }

  private keepText(text: ByteString): ByteString {
    this.texts++;
    this.textBytes += text.length;
    return text;
  }

  private fill(ref: Ref, area: Area, start: number, length: number): void {
    const { blocks } = this;
    blocks.own(ref);
    blocks.setWord(ref, 0, length);
    copyPart(area, start, blocks.area(ref), blocks.offset(ref) + HEAD, length);
  }

  private drop(slot: ByteString | Ref): void {
    if (typeof slot === 'string') {
      this.texts--;
      this.textBytes -= slot.length;
    } else this.blocks.release(slot, HEAD + this.blocks.word(slot, 0));
  }
}

/** Up to so many values blocks do not pay. */
const FEW = 64;
/** Longer ones are no burden for the garbage collector. */
const LONG = 4096;
const HEAD = 4;
const FIRST_SEGMENT = 16 * 1024;

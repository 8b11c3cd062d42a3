import type { ByteString } from '../../resp/args.js';
import { type CollectionValue, Type } from '../keyspace/value.js';
import { textsMemory } from './member-table.js';

/**
 * A list: a sequence of chunks of up to CAPACITY elements. Both ends are O(1); an element in the middle is
 * found by walking chunks from the nearer end.
 */
export class ListValue implements CollectionValue {
  readonly type = Type.list;
  readonly encoding = 'quicklist';
  private chunks: Chunk[] = [];
  private length = 0;
  /** Bytes of the elements. */
  private bytes = 0;
  counted = 0;
  /** Where `locate` found its element. */
  private chunkAt = 0;
  private itemAt = 0;

  get size(): number {
    return this.length;
  }

  /** As many as Redis would have nodes of 8 KiB. */
  get pieces(): number {
    return Math.ceil(this.bytes / 8192);
  }

  pushHead(element: ByteString): void {
    let chunk = this.chunks[0];
    if (chunk === undefined || chunk.size >= CAPACITY) {
      chunk = new Chunk();
      this.chunks.unshift(chunk);
    }
    chunk.pushHead(element);
    this.length++;
    this.bytes += element.length;
  }

  pushTail(element: ByteString): void {
    let chunk = this.chunks[this.chunks.length - 1];
    if (chunk === undefined || chunk.size >= CAPACITY) {
      chunk = new Chunk();
      this.chunks.push(chunk);
    }
    chunk.pushTail(element);
    this.length++;
    this.bytes += element.length;
  }

  /** The list must not be empty. */
  popHead(): ByteString {
    const chunk = this.chunks[0]!;
    const element = chunk.popHead();
    if (chunk.size === 0) this.chunks.shift();
    this.length--;
    this.bytes -= element.length;
    return element;
  }

  /** The list must not be empty. */
  popTail(): ByteString {
    const chunk = this.chunks[this.chunks.length - 1]!;
    const element = chunk.popTail();
    if (chunk.size === 0) this.chunks.pop();
    this.length--;
    this.bytes -= element.length;
    return element;
  }

  /** The index must be in the list, here and below. */
  get(index: number): ByteString {
    this.locate(index);
    return this.chunks[this.chunkAt]!.at(this.itemAt);
  }

  set(index: number, element: ByteString): void {
    this.locate(index);
    const chunk = this.chunks[this.chunkAt]!;
    this.bytes += element.length - chunk.at(this.itemAt).length;
    chunk.setAt(this.itemAt, element);
  }

  /** The element comes to stand at `index`, which may be the end. */
  insert(index: number, element: ByteString): void {
    if (index === this.length) {
      this.pushTail(element);
      return;
    }
    this.locate(index);
    const chunk = this.chunks[this.chunkAt]!;
    chunk.insert(this.itemAt, element);
    if (chunk.size > CAPACITY) this.chunks.splice(this.chunkAt + 1, 0, chunk.split());
    this.length++;
    this.bytes += element.length;
  }

  /** Visits `count` elements from `from` on, towards the head when `backwards`, until `visit` answers false. */
  each(from: number, count: number, visit: (element: ByteString) => unknown, backwards = false): void {
    if (count <= 0 || from < 0 || from >= this.length) return;
    this.locate(from);
    let { chunkAt, itemAt } = this;
    const step = backwards ? -1 : 1;
    for (let left = count; left > 0; ) {
      const chunk = this.chunks[chunkAt];
      if (chunk === undefined) return;
      for (; left > 0 && itemAt >= 0 && itemAt < chunk.size; itemAt += step, left--) {
        if (visit(chunk.at(itemAt)) === false) return;
      }
      chunkAt += step;
      itemAt = backwards ? (this.chunks[chunkAt]?.size ?? 0) - 1 : 0;
    }
  }

  /** Elements from `from` to `to`, both included and in the list. */
  slice(from: number, to: number): ByteString[] {
    const elements: ByteString[] = [];
    this.each(from, to - from + 1, (element) => elements.push(element));
    return elements;
  }

  /** Keeps `count` elements from `from` on. */
  keep(from: number, count: number): void {
    this.dropHead(from);
    this.dropTail(this.length - count);
  }

  /** Removes up to `limit` elements equal to this one, from the head or backwards; answers how many went. */
  removeEqual(element: ByteString, limit: number, backwards: boolean): number {
    let removed = 0;
    const { chunks } = this;
    const step = backwards ? -1 : 1;
    for (let at = backwards ? chunks.length - 1 : 0; at >= 0 && at < chunks.length && removed < limit; at += step) {
      removed += chunks[at]!.removeEqual(element, limit - removed, backwards);
    }
    if (removed > 0) this.chunks = chunks.filter((chunk) => chunk.size > 0);
    this.length -= removed;
    this.bytes -= removed * element.length;
    return removed;
  }

  clone(): ListValue {
    const copy = new ListValue();
    copy.chunks = this.chunks.map((chunk) => chunk.clone());
    copy.length = this.length;
    copy.bytes = this.bytes;
    return copy;
  }

  memory(): number {
    return OBJECTS + this.chunks.length * CHUNK_MEMORY + textsMemory(this.length, this.bytes);
  }

  private dropHead(count: number): void {
    let left = count;
    let whole = 0;
    while (whole < this.chunks.length && this.chunks[whole]!.size <= left) {
      const chunk = this.chunks[whole++]!;
      left -= chunk.size;
      this.bytes -= chunk.bytes(0, chunk.size);
    }
    if (whole > 0) this.chunks.splice(0, whole);
    const first = this.chunks[0];
    this.bytes -= first?.bytes(0, left) ?? 0;
    first?.keep(left, first.size - left);
    this.length -= count;
  }

  private dropTail(count: number): void {
    let left = count;
    let end = this.chunks.length;
    while (end > 0 && this.chunks[end - 1]!.size <= left) {
      const chunk = this.chunks[--end]!;
      left -= chunk.size;
      this.bytes -= chunk.bytes(0, chunk.size);
    }
    this.chunks.length = end;
    const last = this.chunks[end - 1];
    this.bytes -= last?.bytes(last.size - left, last.size) ?? 0;
    last?.keep(0, last.size - left);
    this.length -= count;
  }

  private locate(index: number): void {
    const { chunks } = this;
    if (index < this.length / 2) {
      let at = 0;
      while (index >= chunks[at]!.size) index -= chunks[at++]!.size;
      this.chunkAt = at;
      this.itemAt = index;
      return;
    }
    let at = chunks.length - 1;
    let fromEnd = this.length - index;
    while (fromEnd > chunks[at]!.size) fromEnd -= chunks[at--]!.size;
    this.chunkAt = at;
    this.itemAt = chunks[at]!.size - fromEnd;
  }
}

/** Elements between `from` and `to` of an array that has room at either end. */
class Chunk {
  private items: ByteString[] = [];
  private from = 0;
  private to = 0;

  get size(): number {
    return this.to - this.from;
  }

  at(i: number): ByteString {
    return this.items[this.from + i]!;
  }

  /** Of the elements between two places. */
  bytes(from: number, to: number): number {
    let bytes = 0;
    for (let i = from; i < to; i++) bytes += this.at(i).length;
    return bytes;
  }

  setAt(i: number, element: ByteString): void {
    this.items[this.from + i] = element;
  }

  pushHead(element: ByteString): void {
    if (this.from === 0) this.makeRoom();
    this.items[--this.from] = element;
  }

  pushTail(element: ByteString): void {
    if (this.to >= 2 * CAPACITY) this.reset(this.contents());
    this.items[this.to++] = element;
  }

  popHead(): ByteString {
    const element = this.items[this.from]!;
    this.items[this.from++] = '';
    return element;
  }

  popTail(): ByteString {
    const element = this.items[--this.to]!;
    this.items[this.to] = '';
    return element;
  }

  insert(i: number, element: ByteString): void {
    this.items.splice(this.from + i, 0, element);
    this.to++;
  }

  /** Gives its second half away. */
  split(): Chunk {
    const items = this.contents();
    const other = new Chunk();
    other.reset(items.splice(items.length >> 1));
    this.reset(items);
    return other;
  }

  keep(from: number, count: number): void {
    if (count < this.size) this.reset(this.contents().slice(from, from + count));
  }

  removeEqual(element: ByteString, limit: number, backwards: boolean): number {
    const items = this.contents();
    const before = items.length;
    let left = limit;
    if (backwards) items.reverse();
    const kept = items.filter((item) => item !== element || left-- <= 0);
    if (kept.length === before) return 0;
    this.reset(backwards ? kept.reverse() : kept);
    return before - kept.length;
  }

  clone(): Chunk {
    const copy = new Chunk();
    copy.reset(this.contents());
    return copy;
  }

  private contents(): ByteString[] {
    return this.items.slice(this.from, this.to);
  }

  private reset(items: ByteString[]): void {
    this.items = items;
    this.from = 0;
    this.to = items.length;
  }

  /** Room in front, as much as there are elements, so that pushing there is amortized. */
  private makeRoom(): void {
    const room = Math.min(CAPACITY, Math.max(4, this.size));
    this.items = new Array<ByteString>(room).fill('').concat(this.contents());
    this.from = room;
    this.to = this.items.length;
  }
}

const CAPACITY = 128;
/** A chunk's objects on the heap. */
const CHUNK_MEMORY = 80;
/** The objects of a small one on the heap, as measured: arrays have room to grow. */
const OBJECTS = 280;

import type { Args, ByteString } from '../../resp/args.js';
import type { ReplySink } from '../../resp/sink.js';
import { type CollectionValue, Type } from '../keyspace/value.js';
import { ChunkSpace, ListChunk, type ListElements, PackedList } from './list-chunk.js';
import { ListpackElements } from './listpack.js';
import { ENCODED, encodeArgument, encodeText } from './packed-elements.js';

/**
 * A list: packed while it is small, then a sequence of chunks of bytes. Both ends are O(1); an element in the middle is
 * found by walking chunks from the nearer end.
 */
export class ListValue implements CollectionValue {
  readonly type = Type.list;
  readonly encoding = 'quicklist';
  pack: PackedList | undefined = new PackedList();
  /** Not empty ones, or the pack alone. */
  private chunks: ListElements[] = [this.pack!];
  /** Of the chunks. */
  private count = 0;
  private bytes = 0;
  private readonly space = new ChunkSpace();
  /** That of the chunks that no copy has. */
  private owner = {};
  counted = 0;
  /** Where `locate` found its element. */
  private chunkAt = 0;
  private itemAt = 0;

  get size(): number {
    return this.pack === undefined ? this.count : this.pack.size;
  }

  /** As many as Redis would have nodes of 8 KiB. */
  get pieces(): number {
    return this.pack === undefined ? Math.ceil(this.bytes / 8192) : 1;
  }

  pushHead(element: ByteString): void {
    encodeText(element);
    this.addHead();
  }

  pushTail(element: ByteString): void {
    encodeText(element);
    this.addTail();
  }

  /** The same with an element that is an argument. */
  pushHeadArgument(args: Args, i: number): void {
    encodeArgument(args, i);
    this.addHead();
  }

  pushTailArgument(args: Args, i: number): void {
    encodeArgument(args, i);
    this.addTail();
  }

  private addHead(): void {
    const { end: length } = ENCODED;
    this.makeRoom(length);
    if (this.chunks[0]?.hasRoom(length) !== true) this.chunks.unshift(new ListChunk(this.space, this.owner));
    this.own(0).addFirst();
    this.note(1, length);
  }

  private addTail(): void {
    const { end: length } = ENCODED;
    this.makeRoom(length);
    if (this.chunks[this.chunks.length - 1]?.hasRoom(length) !== true) {
      this.chunks.push(new ListChunk(this.space, this.owner));
    }
    this.own(this.chunks.length - 1).addLast();
    this.note(1, length);
  }

  /** The list must not be empty. */
  popHead(): ByteString {
    const element = this.chunks[0]!.first(0);
    this.dropFirst();
    return element;
  }

  /** The list must not be empty. */
  popTail(): ByteString {
    const chunk = this.chunks[this.chunks.length - 1]!;
    const element = chunk.first(chunk.size - 1);
    this.dropLast();
    return element;
  }

  /** The same, telling the element. */
  tellHead(reply: ReplySink): void {
    this.chunks[0]!.tell(0, reply);
    this.dropFirst();
  }

  tellTail(reply: ReplySink): void {
    const chunk = this.chunks[this.chunks.length - 1]!;
    chunk.tell(chunk.size - 1, reply);
    this.dropLast();
  }

  private dropFirst(): void {
    const chunk = this.own(0);
    const before = chunk.length;
    chunk.removeItems(0, 1);
    this.note(-1, chunk.length - before);
    if (chunk.size === 0 && this.pack === undefined) this.chunks.shift();
  }

  private dropLast(): void {
    const chunk = this.own(this.chunks.length - 1);
    const before = chunk.length;
    chunk.removeItems(chunk.size - 1, 1);
    this.note(-1, chunk.length - before);
    if (chunk.size === 0 && this.pack === undefined) this.chunks.pop();
  }

  /** The index must be in the list, here and below. */
  get(index: number): ByteString {
    this.locate(index);
    return this.chunks[this.chunkAt]!.first(this.itemAt);
  }

  set(index: number, element: ByteString): void {
    encodeText(element);
    this.makeRoom(ENCODED.end);
    this.locate(index);
    const chunk = this.own(this.chunkAt);
    const before = chunk.length;
    chunk.setAt(this.itemAt);
    this.note(0, chunk.length - before);
    this.splitLarge(chunk);
  }

  /** The element comes to stand at `index`, which may be the end. */
  insert(index: number, element: ByteString): void {
    if (index === this.size) {
      this.pushTail(element);
      return;
    }
    encodeText(element);
    this.makeRoom(ENCODED.end);
    this.locate(index);
    const chunk = this.own(this.chunkAt);
    chunk.insertAt(this.itemAt);
    this.note(1, ENCODED.end);
    this.splitLarge(chunk);
  }

  /** Visits `count` elements from `from` on, towards the head when `backwards`, until `visit` answers false. */
  each(from: number, count: number, visit: (element: ByteString) => unknown, backwards = false): void {
    this.walk(from, count, backwards, (chunk, place) => visit(chunk.first(place)));
  }

  /** Tells the same elements. */
  tell(from: number, count: number, reply: ReplySink): void {
    this.walk(from, count, false, (chunk, place) => chunk.tell(place, reply));
  }

  /** Visits the same, and says only whether each is this one. */
  eachEqual(
    element: ByteString,
    from: number,
    count: number,
    visit: (isEqual: boolean) => unknown,
    backwards = false,
  ): void {
    const wanted = encoded(element);
    this.walk(from, count, backwards, (chunk, place) => visit(chunk.isAt(place, wanted)));
  }

  private walk(
    from: number,
    count: number,
    backwards: boolean,
    visit: (chunk: ListElements, place: number) => unknown,
  ): void {
    if (count <= 0 || from < 0 || from >= this.size) return;
    this.locate(from);
    let { chunkAt, itemAt } = this;
    const step = backwards ? -1 : 1;
    for (let left = count; left > 0; ) {
      const chunk = this.chunks[chunkAt];
      if (chunk === undefined) return;
      for (; left > 0 && itemAt >= 0 && itemAt < chunk.size; itemAt += step, left--) {
        if (visit(chunk, itemAt) === false) return;
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
    this.dropTail(this.size - count);
  }

  /** Removes up to `limit` elements equal to this one, from the head or backwards; answers how many went. */
  removeEqual(element: ByteString, limit: number, backwards: boolean): number {
    const wanted = encoded(element);
    let removed = 0;
    const { chunks } = this;
    const step = backwards ? -1 : 1;
    for (let at = backwards ? chunks.length - 1 : 0; at >= 0 && at < chunks.length && removed < limit; at += step) {
      removed += this.own(at).removeEqual(wanted, limit - removed, backwards);
    }
    this.note(-removed, -removed * wanted.end);
    if (removed > 0 && this.pack === undefined) this.chunks = chunks.filter((chunk) => chunk.size > 0);
    return removed;
  }

  clone(): ListValue {
    const copy = new ListValue();
    if (this.pack !== undefined) copy.chunks = [(copy.pack = this.pack.clone())];
    else {
      copy.pack = undefined;
      copy.chunks = this.chunks.slice();
      this.owner = {};
    }
    copy.count = this.count;
    copy.bytes = this.bytes;
    return copy;
  }

  memory(): number {
    if (this.pack !== undefined) return this.pack.memory();
    return OBJECTS + this.chunks.length * CHUNK_MEMORY + this.bytes;
  }

  private dropHead(count: number): void {
    let left = count;
    let whole = 0;
    let bytes = 0;
    while (this.pack === undefined && whole < this.chunks.length && this.chunks[whole]!.size <= left) {
      const chunk = this.chunks[whole++]!;
      left -= chunk.size;
      bytes += chunk.length;
    }
    if (whole > 0) this.chunks.splice(0, whole);
    if (this.chunks.length > 0 && left > 0) bytes += removeFrom(this.own(0), 0, left);
    this.note(-count, -bytes);
  }

  private dropTail(count: number): void {
    let left = count;
    let end = this.chunks.length;
    let bytes = 0;
    while (this.pack === undefined && end > 0 && this.chunks[end - 1]!.size <= left) {
      const chunk = this.chunks[--end]!;
      left -= chunk.size;
      bytes += chunk.length;
    }
    this.chunks.length = end;
    if (end > 0 && left > 0) {
      const last = this.own(end - 1);
      bytes += removeFrom(last, last.size - left, left);
    }
    this.note(-count, -bytes);
  }

  /** A list that is about to outgrow its pack becomes a sequence of chunks. */
  private makeRoom(length: number): void {
    const { pack } = this;
    if (pack === undefined || pack.hasRoom(length)) return;
    this.count = pack.size;
    this.bytes = pack.length;
    this.chunks = pack.size === 0 ? [] : [ListChunk.of(pack, this.space, this.owner)];
    this.pack = undefined;
    pack.leave(this);
  }

  /** A chunk that is about to change. */
  private own(at: number): ListElements {
    const chunk = this.chunks[at]!;
    if (this.pack !== undefined || (chunk as ListChunk).owner === this.owner) return chunk;
    return (this.chunks[at] = (chunk as ListChunk).clone(this.space, this.owner));
  }

  /** The pack counts for itself. */
  private note(count: number, bytes: number): void {
    if (this.pack !== undefined) return;
    this.count += count;
    this.bytes += bytes;
  }

  private splitLarge(chunk: ListElements): void {
    if (chunk instanceof ListChunk && chunk.isTooLarge) this.chunks.splice(this.chunkAt + 1, 0, chunk.split());
  }

  private locate(index: number): void {
    const { chunks, size } = this;
    if (index < size / 2) {
      let at = 0;
      while (index >= chunks[at]!.size) index -= chunks[at++]!.size;
      this.chunkAt = at;
      this.itemAt = index;
      return;
    }
    let at = chunks.length - 1;
    let fromEnd = size - index;
    while (fromEnd > chunks[at]!.size) fromEnd -= chunks[at--]!.size;
    this.chunkAt = at;
    this.itemAt = chunks[at]!.size - fromEnd;
  }
}

/** Answers how many bytes went. */
function removeFrom(chunk: ListElements, place: number, count: number): number {
  const before = chunk.length;
  chunk.removeItems(place, count);
  return before - chunk.length;
}

function encoded(element: ByteString): ListpackElements {
  const elements = new ListpackElements(element.length + 10);
  elements.addText(element);
  return elements;
}

/** A chunk's objects on the heap. */
const CHUNK_MEMORY = 300;
/** The objects of one on the heap, as measured: arrays have room to grow. */
const OBJECTS = 280;

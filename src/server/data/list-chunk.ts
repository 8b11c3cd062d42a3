import { Area, copyPart, EMPTY_AREA } from '../../resp/area.js';
import type { ReplySink } from '../../resp/sink.js';
import type { ListpackElements } from './listpack.js';
import { replyElement } from './listpack-element.js';
import { ENCODED, encodedArea, PackedElements } from './packed-elements.js';

/** Elements of a list: all of a small one, or a run of them. What is added is in ENCODED. */
export abstract class ListElements extends PackedElements {
  protected readonly width = 1;

  addFirst(): void {
    this.splice(0, 0, encodedArea(), ENCODED.end, 1);
  }

  addLast(): void {
    this.splice(this.length, 0, encodedArea(), ENCODED.end, 1);
  }

  insertAt(place: number): void {
    this.insertItem(place);
  }

  setAt(place: number): void {
    const at = this.at(place);
    this.replaceElement(at);
  }

  tell(place: number, reply: ReplySink): void {
    const at = this.at(place);
    replyElement(this.area, at, reply);
  }

  /** Whether the element at a place is this one. */
  isAt(place: number, { buffer, end: size }: ListpackElements): boolean {
    const at = this.at(place);
    const { bytes } = this;
    if (bytes[at] !== buffer[0] || at + size > this.start + this.length) return false;
    return bytes.compare(buffer, 0, size, at, at + size) === 0;
  }

  /** Removes up to `limit` elements like this one, from the first on or backwards; answers how many went. */
  removeEqual(element: ListpackElements, limit: number, backwards: boolean): number {
    let removed = 0;
    for (let place = backwards ? this.size - 1 : 0; removed < limit && place >= 0 && place < this.size; ) {
      const goes = this.isAt(place, element);
      if (goes) {
        this.removeItems(place, 1);
        removed++;
      }
      if (backwards) place--;
      else if (!goes) place++;
    }
    return removed;
  }
}

/** A whole list, small. */
export class PackedList extends ListElements {
  /** Whether there is room for so many bytes more. */
  override hasRoom(length: number): boolean {
    return this.length + length <= PACKED_BYTES;
  }

  clone(): PackedList {
    return this.copyInto(new PackedList());
  }
}

/**
 * A run of a long list, as large as a node of Redis's: a part of an area with room at either end. Copies of a list share
 * its chunks; a copy of a chunk shares the part, until it writes to it.
 */
export class ListChunk extends ListElements {
  /** Where its part of the area begins. */
  private from = 0;
  private shared = false;

  constructor(
    private readonly space: ChunkSpace,
    /** Of the one list that may change it. */
    readonly owner: object,
  ) {
    super();
  }

  static of({ area, start, length, size }: ListElements, space: ChunkSpace, owner: object): ListChunk {
    const chunk = new ListChunk(space, owner);
    chunk.take(area, start, length, size);
    return chunk;
  }

  private take(area: Area, start: number, length: number, size: number): void {
    this.obtain(length, 0);
    copyPart(area, start, this.area, this.start, length);
    this.length = length;
    this.size = size;
  }

  /** Whether there is room for so many bytes more in a chunk that is not too large. */
  override hasRoom(length: number): boolean {
    return this.length + length <= CHUNK_BYTES;
  }

  get isTooLarge(): boolean {
    return this.length > 2 * CHUNK_BYTES && this.size > 1;
  }

  /** Gives its second half away. */
  split(): ListChunk {
    const half = this.size >> 1;
    const at = this.at(half);
    const other = new ListChunk(this.space, this.owner);
    other.take(this.area, at, this.start + this.length - at, this.size - half);
    this.removeItems(half, this.size - half);
    return other;
  }

  clone(space: ChunkSpace, owner: object): ListChunk {
    const copy = new ListChunk(space, owner);
    copy.area = this.area;
    copy.from = this.from;
    copy.start = this.start;
    copy.room = this.room;
    copy.length = this.length;
    copy.size = this.size;
    copy.shared = true;
    return copy;
  }

  override addFirst(): void {
    if (this.size === 0) this.obtain(ENCODED.end, Math.max(CHUNK_BYTES, ENCODED.end));
    super.addFirst();
  }

  override addLast(): void {
    if (this.size === 0) this.obtain(ENCODED.end, 0);
    super.addLast();
  }

  protected override splice(at: number, gone: number, added: Area, length: number, items: number): void {
    const isPop = length === 0 && (at === 0 || at + gone === this.length);
    if (this.shared && !isPop) this.moveTo(this.start + this.room - this.from, this.start - this.from);
    const more = length - gone;
    if (at > 0 || (this.length === 0 && this.room >= length)) {
      super.splice(at, gone, added, length, items);
      return;
    }
    if (this.start - this.from < more) this.makeRoomInFront(more);
    this.start -= more;
    this.room += more;
    copyPart(added, 0, this.area, this.start, length);
    this.length += more;
    this.size += items;
    this.moved(0);
  }

  protected override resize(length: number): void {
    this.moveTo(length, 0);
  }

  /** Both ends get room. */
  private makeRoomInFront(more: number): void {
    const size = Math.max(CHUNK_BYTES, this.length + more);
    this.moveTo(size, Math.max(more, (size - this.length) >> 1));
  }

  /** To a part of its own of at least this size, so far from where that begins. */
  private moveTo(size: number, front: number): void {
    const { area, start } = this;
    this.obtain(size, front);
    copyPart(area, start, this.area, this.start, this.length);
  }

  private obtain(least: number, front: number): void {
    const size = Math.max(CHUNK_BYTES, least);
    if (size > CHUNK_BYTES) {
      this.area = Area.of(size);
      this.from = 0;
    } else {
      this.from = this.space.next();
      this.area = this.space.area;
    }
    this.start = this.from + front;
    this.room = size - front;
    this.shared = false;
  }
}

const PACKED_BYTES = 4096;
const CHUNK_BYTES = 8192;

/**
 * Where the chunks of a list are cut from: areas that get larger with the list. One for each chunk would be a burden to
 * garbage collection, and those of several lists would keep each other's memory.
 */
export class ChunkSpace {
  area = EMPTY_AREA;
  private used = 0;

  /** Where a new chunk begins in `area`. */
  next(): number {
    const { length } = this.area.bytes;
    if (this.used + CHUNK_BYTES > length) {
      this.area = Area.of(Math.min(LARGEST_AREA, Math.max(CHUNK_BYTES, length * 2)));
      this.used = 0;
    }
    this.used += CHUNK_BYTES;
    return this.used - CHUNK_BYTES;
  }
}

const LARGEST_AREA = 128 * CHUNK_BYTES;

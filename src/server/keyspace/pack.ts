import { Area, copyPart, EMPTY_AREA } from '../../resp/area.js';
import { moveBytes } from './bytes.js';
import type { Ref } from './memory.js';
import type { CollectionValue } from './value.js';

/** Where the bytes of packs lie that are under a key. */
export interface PackHome {
  /** Makes room for so many bytes; those there are move along. */
  resize(pack: Pack, length: number): void;
  /** Length or count have changed. */
  keep(pack: Pack): void;
  /** Another pack takes the place of the one under its entry. */
  replace(pack: Pack): void;
  /** The collection under the entry has outgrown its pack, and is an object from now on. */
  leave(entry: Ref, value: CollectionValue): void;
}

/**
 * A small collection as one run of bytes: in a block of the keyspace's memory when it is under a key, so that it costs
 * no object on the heap, and in a buffer of its own before. What the bytes mean is a subclass's matter.
 *
 * A pack under a key is a view: all that must last is in the block, and any number of views can be made of it, one
 * after the other. `start` and `area` are valid until the next change.
 */
export abstract class Pack {
  area = EMPTY_AREA;
  start = 0;
  /** Bytes in use. */
  length = 0;
  /** Elements, fields or members. */
  size = 0;
  /** Bytes there is room for. */
  room = 0;
  home: PackHome | undefined;
  /** The key's entry. */
  entry: Ref = 0;
  /** Tells apart, below 8, how collections of one type are packed. */
  readonly kind: number = 0;

  get bytes(): Buffer {
    return this.area.bytes;
  }

  /** Bytes of memory. */
  memory(): number {
    return this.home === undefined ? this.length : this.room + BLOCK_HEAD;
  }

  /** The collection keeps its elements in another way from now on. */
  leave(value: CollectionValue): void {
    this.home?.leave(this.entry, value);
    this.home = undefined;
  }

  /** Another pack is the collection's from now on. */
  replaceBy(next: Pack): void {
    next.home = this.home;
    next.entry = this.entry;
    this.home?.replace(next);
    this.home = undefined;
  }

  /** The bytes are its own from now on, as of a collection that is no view any more. */
  detach(value: CollectionValue): void {
    this.area = new Area(Buffer.copyBytesFrom(this.bytes, this.start, this.length));
    this.start = 0;
    this.room = this.length;
    this.leave(value);
  }

  protected copyInto<T extends Pack>(copy: T): T {
    copy.area = new Area(Buffer.copyBytesFrom(this.bytes, this.start, this.length));
    copy.length = copy.room = this.length;
    copy.size = this.size;
    return copy;
  }

  /** Puts bytes in the place of those from an offset on; `items`: by how many the size changes. */
  protected splice(at: number, gone: number, added: Area, length: number, items: number): void {
    const before = this.length;
    const after = before - gone + length;
    if (after > this.room) this.resize(after);
    const { bytes, start } = this;
    if (gone !== length) moveBytes(bytes, start + at + gone, start + at + length, before - at - gone);
    copyPart(added, 0, this.area, start + at, length);
    this.length = after;
    this.size += items;
    this.moved(at);
    const { home } = this;
    if (home === undefined) return;
    if (after < before && after + BLOCK_HEAD <= (this.room + BLOCK_HEAD) >> 1) home.resize(this, after);
    home.keep(this);
  }

  /** The bytes from this offset on are others now. */
  protected abstract moved(at: number): void;

  /** Makes room for so many bytes. */
  protected resize(length: number): void {
    if (this.home !== undefined) {
      this.home.resize(this, length);
      return;
    }
    const bigger = Buffer.allocUnsafe(Math.max(64, length * 2));
    this.bytes.copy(bigger, 0, this.start, this.start + this.length);
    this.area = new Area(bigger);
    this.start = 0;
    this.room = bigger.length;
  }
}

/** In front of a pack's bytes in its block: their length, the size, and how large the block is. */
export const BLOCK_HEAD = 8;

import { Area, EMPTY_AREA } from './area.js';

/**
 * What writers write into: they take turns with one block as long as each is done, or waits for the end of the turn,
 * before the next one writes. It stays in the processor's cache, and a client that is not being answered holds none.
 * A block is used again from its start when nobody holds a part of it.
 */
export class OutputRoom {
  private current = new Block(EMPTY_AREA);
  private readonly spare: Block[] = [];
  private spareBytes = 0;

  /**
   * A block with room for so many bytes from `used` on, for one writer until it closes it. Whoever has `outgrown`
   * one leaves it for good: the next writers would outgrow it as well, and each take a block of its own.
   */
  obtain(size: number, outgrown?: Block): Block {
    let block = this.current;
    if (block.isOpen || block.area.bytes.length - block.used < Math.max(size, SMALLEST)) {
      block = this.another(size);
      if (!this.current.isOpen || this.current === outgrown) this.replace(block);
    }
    block.isOpen = true;
    block.holders++;
    return block;
  }

  /** A part that reached to `to` is no longer needed. */
  release(block: Block, from: number, to: number): void {
    block.holders--;
    if (block.isOpen) return;
    if (block.holders === 0) {
      block.used = 0;
      if (block !== this.current) this.keep(block);
    } else if (block.used === to) block.used = from;
  }

  /** Somebody else still reads it: nothing is written over it. */
  leave(block: Block): void {
    if (block === this.current) this.current = new Block(EMPTY_AREA);
    block.holders = Number.POSITIVE_INFINITY;
  }

  private another(size: number): Block {
    const found = this.spare.findLastIndex((block) => block.area.bytes.length >= size);
    if (found < 0) return new Block(Area.of(Math.max(size, BLOCK_SIZE)));
    const block = this.spare.splice(found, 1)[0]!;
    this.spareBytes -= block.area.bytes.length;
    return block;
  }

  private replace(block: Block): void {
    if (block.area.bytes.length > LARGEST_KEPT) return;
    const before = this.current;
    this.current = block;
    if (before.holders === 0) this.keep(before);
  }

  private keep(block: Block): void {
    const { length } = block.area.bytes;
    if (length === 0 || length > LARGEST_KEPT || this.spareBytes + length > MOST_KEPT) return;
    this.spareBytes += length;
    this.spare.push(block);
  }
}

/** A place for the replies of several clients, one behind the other. */
export class Block {
  /** Bytes from the start that somebody needs. */
  used = 0;
  /** Parts that are needed. */
  holders = 0;
  /** Somebody writes behind `used`. */
  isOpen = false;

  constructor(readonly area: Area) {}
}

const BLOCK_SIZE = 64 * 1024;
/** A block whose rest is shorter than this is full. */
const SMALLEST = 4 * 1024;
const LARGEST_KEPT = 1024 * 1024;
/** Bytes of blocks that wait to be used again: what a turn's replies take under load. */
const MOST_KEPT = 4 * 1024 * 1024;

import { Area, EMPTY_AREA } from './area.js';

/**
 * What writers write into: they take turns with one block as long as each is done, or waits for the end of the turn,
 * before the next one writes. It stays in the processor's cache, and a client that is not being answered holds none.
 * A block is used again from its start when nobody holds a part of it.
 */
export class OutputRoom {
  private current = new Block(EMPTY_AREA);
  private readonly spare: Block[] = [];

  /** A block with room for so many bytes from `used` on, for one writer until it closes it. */
  obtain(size: number): Block {
    let block = this.current;
    if (block.isOpen || block.area.bytes.length - block.used < Math.max(size, SMALLEST)) {
      block = this.another(size);
      if (!this.current.isOpen) this.replace(block);
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
    return found < 0 ? new Block(Area.of(Math.max(size, BLOCK_SIZE))) : this.spare.splice(found, 1)[0]!;
  }

  private replace(block: Block): void {
    if (block.area.bytes.length > LARGEST_KEPT) return;
    const before = this.current;
    this.current = block;
    if (before.holders === 0) this.keep(before);
  }

  private keep(block: Block): void {
    const { length } = block.area.bytes;
    if (length > 0 && length <= LARGEST_KEPT && this.spare.length < MOST_KEPT) this.spare.push(block);
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
const MOST_KEPT = 8;

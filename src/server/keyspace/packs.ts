import { copyPart } from '../../resp/area.js';
import { capacity, type Memory, type Ref, UNIT } from './memory.js';
import { BLOCK_HEAD, type Pack, type PackHome } from './pack.js';
import type { CollectionValue, Type } from './value.js';

/** Makes a collection over an empty pack, which is then given its bytes. */
export type OpenPack = (type: Type, kind: number) => CollectionValue;

/**
 * The small collections of one database, each in a block that its entry names. Layout of a block, words of 4 bytes:
 * 0 bytes in use, 1 size (16 bits), the block's units (13 bits) and the pack's kind (3 bits); then the bytes.
 *
 * Views that were made lately are kept, so that a key that is in use costs none, and so that the keys of one command
 * have one view each. A command that has more keys than there is room for must not change two of them in turn.
 */
export class Packs implements PackHome {
  private readonly views = new Array<CollectionValue | undefined>(VIEWS).fill(undefined);
  private readonly viewed = new Uint32Array(VIEWS);

  constructor(
    private readonly memory: Memory,
    private readonly open: OpenPack,
    /** The entry's collection is an object from now on. */
    private readonly left: (entry: Ref, value: CollectionValue) => void,
  ) {}

  /** The collection whose pack the entry names. */
  view(entry: Ref, type: Type): CollectionValue {
    const slot = entry & (VIEWS - 1);
    if (this.viewed[slot] === entry) return this.views[slot]!;
    const block = this.memory.word(entry, 1);
    const value = this.open(type, this.memory.word(block, 1) >>> KIND_SHIFT);
    const pack = value.pack!;
    pack.length = this.memory.word(block, 0);
    pack.size = this.memory.word(block, 1) & 0xffff;
    this.remember(entry, value);
    this.locate(pack, block);
    return value;
  }

  /** Takes a collection that is not under a key in: its bytes go into a block. */
  adopt(entry: Ref, value: CollectionValue): void {
    const pack = value.pack!;
    this.remember(entry, value);
    this.put(pack, pack.length, pack.length);
    this.keep(pack);
  }

  resize(pack: Pack, length: number): void {
    const { memory } = this;
    const old = memory.word(pack.entry, 1);
    this.put(pack, length, Math.min(pack.length, length));
    memory.release(old, this.blockSize(old));
  }

  replace(pack: Pack): void {
    const old = this.memory.word(pack.entry, 1);
    this.put(pack, pack.length, pack.length);
    this.keep(pack);
    this.memory.release(old, this.blockSize(old));
  }

  /** Puts the pack's bytes, as many as are `kept`, into a block of this length. */
  private put(pack: Pack, length: number, kept: number): void {
    const { memory } = this;
    const block = this.allocate(pack, length);
    copyPart(pack.area, pack.start, memory.area(block), memory.offset(block) + BLOCK_HEAD, kept);
    memory.setWord(pack.entry, 1, block);
    this.locate(pack, block);
  }

  keep(pack: Pack): void {
    const { memory } = this;
    const block = memory.word(pack.entry, 1);
    memory.setWord(block, 0, pack.length);
    memory.setWord(block, 1, (memory.word(block, 1) & ~0xffff) | pack.size);
  }

  leave(entry: Ref, value: CollectionValue): void {
    this.release(entry);
    this.left(entry, value);
  }

  /** Gives the block back, as the entry goes or gets another value. */
  release(entry: Ref): void {
    const block = this.memory.word(entry, 1);
    this.memory.release(block, this.blockSize(block));
    const slot = entry & (VIEWS - 1);
    if (this.viewed[slot] !== entry) return;
    const { pack } = this.views[slot]!;
    if (pack !== undefined) pack.home = undefined;
    this.forget(slot);
  }

  clear(): void {
    for (let slot = 0; slot < VIEWS; slot++) this.forget(slot);
  }

  private forget(slot: number): void {
    this.viewed[slot] = 0;
    this.views[slot] = undefined;
  }

  private remember(entry: Ref, value: CollectionValue): void {
    const slot = entry & (VIEWS - 1);
    this.viewed[slot] = entry;
    this.views[slot] = value;
    value.pack!.home = this;
    value.pack!.entry = entry;
  }

  private allocate(pack: Pack, length: number): Ref {
    const size = capacity(BLOCK_HEAD + length);
    const block = this.memory.allocate(size);
    this.memory.setWord(block, 1, ((size / UNIT) << 16) | (pack.kind << KIND_SHIFT) | pack.size);
    return block;
  }

  private locate(pack: Pack, block: Ref): void {
    pack.area = this.memory.area(block);
    pack.start = this.memory.offset(block) + BLOCK_HEAD;
    pack.room = this.blockSize(block) - BLOCK_HEAD;
  }

  private blockSize(block: Ref): number {
    return ((this.memory.word(block, 1) >>> 16) & 0x1fff) * UNIT;
  }
}

const VIEWS = 256;
const KIND_SHIFT = 29;

import { Area, copyPart, isSamePart } from '../../resp/area.js';
import type { Args } from '../../resp/args.js';
import { copyBytes, resizeBuffer } from './bytes.js';
import { hashBytes } from './hash.js';
import { IndexTable } from './index-table.js';
import { capacity, MAX_BLOCK, Memory, type Ref } from './memory.js';
import { ObjectBytes } from './object-bytes.js';
import { type OpenPack, Packs } from './packs.js';
import { SlotIndex } from './slot-index.js';
import { PAGE_MASK, type Table } from './slot-table.js';
import { External, Raw, type StringEncoding } from './string-encoding.js';
import { type CollectionValue, Type } from './value.js';

/**
 * The entries of one database: where each key and its value lie in memory. Knows layout and nothing of
 * expiry rules, events or clients (database.ts does).
 *
 * Layout of an entry, words of 4 bytes: 0 key length, 1 value length (or the number of its object),
 * 2-3 expiry in milliseconds as a double (0: none), 4 meta (type, string encoding, a bit for snapshots, 24 bits
 * of access clock), 5 hash; then the key's bytes and a string's bytes. Strings too long for a block are Buffers
 * in `objects`, like the collections that are not small; a small one's word 1 names its block (packs.ts).
 */
export class Entries {
  readonly memory = new Memory();
  readonly index = new IndexTable();
  private readonly objects: (CollectionValue | Buffer | undefined)[] = [];
  private readonly freeObjects: number[] = [];
  /** Bytes of `objects`. */
  private readonly outside = new ObjectBytes();

  /** What an entry's snapshot bit is when the running snapshot has it or leaves it out, or none is running. */
  private seen = 0;
  private saveFirst: ((ref: Ref) => void) | undefined;

  /** Small collections. */
  private readonly packs: Packs;
  /** Entries by the slots of their keys; undefined: nobody asks. */
  readonly bySlot: SlotIndex | undefined;

  constructor(
    private readonly seed: number,
    openPack: OpenPack,
    indexesSlots = false,
  ) {
    this.bySlot = indexesSlots ? new SlotIndex() : undefined;
    this.packs = new Packs(this.memory, openPack, (ref, value) => this.becomeObject(ref, value));
  }

  /** From now on each entry that is there is given to `save` before it changes; `isUnsaved` tells which were not. */
  beginSnapshot(save: (ref: Ref) => void): void {
    this.seen ^= SNAPSHOT_BIT;
    this.saveFirst = save;
  }

  get inSnapshot(): boolean {
    return this.saveFirst !== undefined;
  }

  isUnsaved(ref: Ref): boolean {
    return (this.memory.word(ref, 4) & SNAPSHOT_BIT) !== this.seen;
  }

  markSaved(ref: Ref): void {
    this.memory.setWord(ref, 4, (this.memory.word(ref, 4) & ~SNAPSHOT_BIT) | this.seen);
  }

  /** Every entry has been saved; or `early`, the rest no longer matters. */
  endSnapshot(early: boolean): void {
    this.saveFirst = undefined;
    if (!early) return;
    this.index.forEach((ref) => {
      this.markSaved(ref);
    });
  }

  /** The entry will change: whoever needs it as it is takes it now. */
  preserve(ref: Ref): void {
    if (this.saveFirst !== undefined && this.isUnsaved(ref)) this.saveFirst(ref);
  }

  /** Bytes that keys and values take up. */
  get used(): number {
    return this.memory.used + this.outside.total + this.index.size * INDEX_SHARE;
  }

  /** The collection may change from now on, by the running command: its bytes are counted when they matter. */
  willChange(value: CollectionValue): void {
    // Blocks count by themselves.
    if (value.pack === undefined) this.outside.willChange(value);
  }

  /** The arguments remember it: a command asks more than once, and all databases of a keyspace have one seed. */
  hash(args: Args, i: number): number {
    if (args.hashed === i) return args.hash;
    args.hashed = i;
    args.hash = hashBytes(args.area.view, args.start(i), args.length(i), this.seed);
    return args.hash;
  }

  find(args: Args, i: number, hash: number): Ref {
    const { index } = this;
    if (index.previous !== undefined) index.moveSome();
    const ref = this.probe(index.current, args, i, hash);
    return ref === 0 && index.previous ? this.probe(index.previous, args, i, hash) : ref;
  }

  private probe(table: Table, args: Args, i: number, hash: number): Ref {
    const { mask } = table;
    let page = table.page(hash & mask);
    for (let slot = hash & mask; ; ) {
      const at = (slot & PAGE_MASK) * 2;
      const ref = page[at + 1]!;
      if (ref === 0) return 0;
      if ((page[at]! ^ hash) === 0 && this.hasKey(ref, args, i)) return ref;
      slot = (slot + 1) & mask;
      if ((slot & PAGE_MASK) === 0) page = table.page(slot);
    }
  }

  private hasKey(ref: Ref, args: Args, i: number): boolean {
    const { memory } = this;
    const length = args.length(i);
    if (memory.word(ref, 0) !== length) return false;
    return isSamePart(memory.area(ref), memory.offset(ref) + HEADER, args.area, args.start(i), length);
  }

  /** A string of `length` bytes, to be filled at `stringStart`, under a key that is not there. */
  createString(args: Args, i: number, hash: number, length: number): Ref {
    const size = HEADER + args.length(i) + length;
    if (size > MAX_BLOCK && length > 0) return this.makeExternal(this.create(args, i, hash, 0), length, false);
    const ref = this.create(args, i, hash, length);
    this.memory.setWord(ref, 4, Type.string | (Raw << 4) | this.seen);
    this.memory.setWord(ref, 1, length);
    return ref;
  }

  createCollection(args: Args, i: number, hash: number, value: CollectionValue): Ref {
    const ref = this.create(args, i, hash, 0);
    if (value.pack === undefined) {
      this.memory.setWord(ref, 4, value.type | this.seen);
      this.holdObject(ref, value);
    } else {
      this.memory.setWord(ref, 4, value.type | PACKED | this.seen);
      this.packs.adopt(ref, value);
    }
    return ref;
  }

  private becomeObject(ref: Ref, value: CollectionValue): void {
    this.memory.setWord(ref, 4, this.memory.word(ref, 4) & ~PACKED);
    this.holdObject(ref, value);
  }

  private holdObject(ref: Ref, value: CollectionValue): void {
    this.memory.setWord(ref, 1, this.keepObject(value));
    value.counted = 0;
    this.willChange(value);
  }

  private create(args: Args, i: number, hash: number, room: number): Ref {
    const { memory } = this;
    const keyLength = args.length(i);
    const ref = memory.allocate(HEADER + keyLength + room);
    memory.setWord(ref, 0, keyLength);
    memory.setWord(ref, 1, 0);
    memory.setDouble(ref, 1, 0);
    memory.setWord(ref, 4, Type.none | this.seen);
    memory.setWord(ref, 5, hash);
    copyPart(args.area, args.start(i), memory.area(ref), memory.offset(ref) + HEADER, keyLength);
    this.index.insert(hash, ref);
    this.bySlot?.add(ref, args.buffer, args.start(i), keyLength);
    return ref;
  }

  remove(ref: Ref): void {
    this.preserve(ref);
    this.index.remove(this.memory.word(ref, 5), ref);
    if (this.bySlot !== undefined) this.dropFromSlot(this.bySlot, ref);
    this.dropObject(ref);
    this.memory.release(ref, this.blockSize(ref));
  }

  private dropFromSlot(bySlot: SlotIndex, ref: Ref): void {
    bySlot.remove(ref, this.memory.segment(ref), this.memory.offset(ref) + HEADER, this.memory.word(ref, 0));
  }

  type(ref: Ref): Type {
    return (this.memory.word(ref, 4) & 0xf) as Type;
  }

  encoding(ref: Ref): StringEncoding {
    return ((this.memory.word(ref, 4) >>> 4) & 0x7) as StringEncoding;
  }

  setEncoding(ref: Ref, encoding: StringEncoding): void {
    this.memory.setWord(ref, 4, (this.memory.word(ref, 4) & ~0x70) | (encoding << 4));
  }

  /** 24 bits of access clock: seconds for LRU, minutes and counter for LFU. */
  access(ref: Ref): number {
    return this.memory.word(ref, 4) >>> 8;
  }

  setAccess(ref: Ref, clock: number): void {
    this.memory.setWord(ref, 4, (this.memory.word(ref, 4) & 0xff) | (clock << 8));
  }

  /** Milliseconds since the epoch, 0 when the key does not expire. */
  expiry(ref: Ref): number {
    return this.memory.double(ref, 1);
  }

  setExpiry(ref: Ref, at: number): void {
    this.preserve(ref);
    this.memory.setDouble(ref, 1, at);
  }

  keyHash(ref: Ref): number {
    return this.memory.word(ref, 5) | 0;
  }

  keyText(ref: Ref): string {
    const at = this.memory.offset(ref) + HEADER;
    return this.memory.segment(ref).latin1Slice(at, at + this.memory.word(ref, 0));
  }

  keyLength(ref: Ref): number {
    return this.memory.word(ref, 0);
  }

  /** The key as an argument in place, valid until the next write. */
  keyInto(ref: Ref, args: Args): void {
    args.resetIn(this.memory.area(ref), this.memory.offset(ref) + HEADER);
    args.add(0, this.memory.word(ref, 0));
  }

  /** A collection that is not packed; undefined where there is none. */
  object(ref: Ref): CollectionValue | undefined {
    const meta = ref === 0 ? 0 : this.memory.word(ref, 4);
    if ((meta & PACKED) !== 0 || (meta & 0xf) <= Type.string) return undefined;
    return this.objects[this.memory.word(ref, 1)] as CollectionValue;
  }

  collection(ref: Ref): CollectionValue {
    const meta = this.memory.word(ref, 4);
    if ((meta & PACKED) !== 0) return this.packs.view(ref, (meta & 0xf) as Type);
    return this.objects[this.memory.word(ref, 1)] as CollectionValue;
  }

  stringLength(ref: Ref): number {
    return this.encoding(ref) === External ? this.external(ref).length : this.memory.word(ref, 1);
  }

  /** Where a string's bytes are: `stringStart` on for `stringLength` bytes, valid until the next write. */
  stringBuffer(ref: Ref): Buffer {
    return this.encoding(ref) === External ? this.external(ref) : this.memory.segment(ref);
  }

  stringArea(ref: Ref): Area {
    return this.encoding(ref) === External ? new Area(this.external(ref)) : this.memory.area(ref);
  }

  stringStart(ref: Ref): number {
    return this.encoding(ref) === External ? 0 : this.memory.offset(ref) + HEADER + this.memory.word(ref, 0);
  }

  /**
   * Makes the entry a string of `length` bytes, to be filled by the caller at `stringStart`; with `keep` its
   * bytes so far stay at the front. The entry may move: the ref to use from now on is returned.
   */
  resizeString(ref: Ref, length: number, keep: boolean): Ref {
    this.preserve(ref);
    // The usual case: a counter, a value set anew.
    if (this.isInline(ref) && this.memory.word(ref, 1) === length) return ref;
    const keyLength = this.memory.word(ref, 0);
    const size = HEADER + keyLength + length;
    if (size > MAX_BLOCK && length > 0) return this.makeExternal(ref, length, keep);
    // In place only within a size class: a block is given back by its size.
    if (this.isInline(ref) && capacity(size) === capacity(this.blockSize(ref))) {
      this.memory.setWord(ref, 1, length);
      return ref;
    }
    return this.moveString(ref, size, length, keep);
  }

  /** Bytes of memory that belong to the entry. */
  bytesOf(ref: Ref): number {
    const block = capacity(this.blockSize(ref));
    if (this.type(ref) !== Type.string) return block + this.collection(ref).memory();
    return this.encoding(ref) === External ? block + this.external(ref).buffer.byteLength : block;
  }

  clear(): void {
    this.memory.clear();
    this.packs.clear();
    this.index.clear();
    this.bySlot?.clear();
    this.objects.length = 0;
    this.freeObjects.length = 0;
    this.outside.clear();
  }

  private isInline(ref: Ref): boolean {
    return (this.memory.word(ref, 4) & 0xf) === Type.string && this.encoding(ref) !== External;
  }

  private blockSize(ref: Ref): number {
    return HEADER + this.memory.word(ref, 0) + (this.isInline(ref) ? this.memory.word(ref, 1) : 0);
  }

  private moveString(ref: Ref, size: number, length: number, keep: boolean): Ref {
    const { memory } = this;
    const kept = keep && this.type(ref) === Type.string ? Math.min(length, this.stringLength(ref)) : 0;
    const from = this.type(ref) === Type.string ? this.stringBuffer(ref) : memory.segment(ref);
    const fromStart = this.type(ref) === Type.string ? this.stringStart(ref) : 0;
    const target = memory.allocate(size);
    const bytes = memory.segment(target);
    const at = memory.offset(target);
    const head = HEADER + memory.word(ref, 0);
    copyBytes(memory.segment(ref), memory.offset(ref), bytes, at, head);
    copyBytes(from, fromStart, bytes, at + head, kept);
    this.index.replace(memory.word(ref, 5), ref, target);
    if (this.bySlot !== undefined) {
      this.dropFromSlot(this.bySlot, ref);
      this.bySlot.add(target, bytes, at + HEADER, memory.word(target, 0));
    }
    this.dropObject(ref);
    memory.release(ref, this.blockSize(ref));
    memory.setWord(target, 1, length);
    memory.setWord(target, 4, (memory.word(target, 4) & ~0x7f) | Type.string | (Raw << 4));
    return target;
  }

  private makeExternal(ref: Ref, length: number, keep: boolean): Ref {
    const isString = this.type(ref) === Type.string;
    if (isString && this.encoding(ref) === External) {
      const resized = resizeBuffer(this.external(ref), length, keep);
      this.outside.add(resized.buffer.byteLength - this.external(ref).buffer.byteLength);
      this.objects[this.memory.word(ref, 1)] = resized;
      return ref;
    }
    const value = Buffer.allocUnsafeSlow(length);
    this.outside.add(length);
    if (keep && isString) {
      const start = this.stringStart(ref);
      this.stringBuffer(ref).copy(value, 0, start, start + this.stringLength(ref));
    }
    // The block keeps only head and key, so it moves to one of that size.
    const target = this.moveString(ref, HEADER + this.memory.word(ref, 0), 0, false);
    this.memory.setWord(target, 1, this.keepObject(value));
    this.setEncoding(target, External);
    return target;
  }

  private external(ref: Ref): Buffer {
    return this.objects[this.memory.word(ref, 1)] as Buffer;
  }

  private keepObject(value: CollectionValue | Buffer): number {
    const number = this.freeObjects.pop() ?? this.objects.length;
    this.objects[number] = value;
    return number;
  }

  private dropObject(ref: Ref): void {
    const type = this.type(ref);
    if (type === Type.none || (type === Type.string && this.encoding(ref) !== External)) return;
    if (type !== Type.string && (this.memory.word(ref, 4) & PACKED) !== 0) {
      this.packs.release(ref);
      return;
    }
    const number = this.memory.word(ref, 1);
    if (type === Type.string) this.outside.add(-this.external(ref).buffer.byteLength);
    else this.outside.forget(this.collection(ref));
    this.objects[number] = undefined;
    this.freeObjects.push(number);
  }
}

const HEADER = 24;
/** A collection in a block, in the place of a string's encoding. */
const PACKED = 0x10;
const SNAPSHOT_BIT = 0x80;
/** What an entry costs the index, whatever room it keeps free at the moment: two words, half of them in use. */
export const INDEX_SHARE = 16;

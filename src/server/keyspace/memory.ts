import { Area } from '../../resp/area.js';
import { freeBuffers } from './free-buffers.js';

/**
 * Memory outside the JavaScript heap for keys and string values: blocks in units of 16 bytes, handed out by
 * size class from 8 MiB segments and kept in free lists when given back. A block is named by a `Ref`, its
 * unit's number (32 bits reach 64 GiB); ref 0 is none. No heap object per key, so that garbage collection
 * does not know about them.
 *
 * A block longer than MAX_BLOCK gets a segment of its own, given back when it is released; the others are
 * given back to the system only after `clear`, which keeps them in reserve: `giveBackSome` lets them go.
 */
export type Ref = number;

export const UNIT = 16;
export const MAX_BLOCK = 64 * 1024;

const SEGMENT_BITS = 23;
const SEGMENT_SIZE = 1 << SEGMENT_BITS;
const UNIT_BITS = 4;
const REF_BITS = SEGMENT_BITS - UNIT_BITS;
const REF_MASK = (1 << REF_BITS) - 1;
const SEGMENT_UNITS = 1 << REF_BITS;
const MAX_SEGMENTS = 2 ** (32 - REF_BITS);
/**
 * Bytes of what segments are cut from. The system's allocator takes so much from the system alone and gives it back alone;
 * less comes from its heap, which shrinks by a gigabyte at once when the block at its end goes.
 */
const CHUNK_SIZE = 4 * SEGMENT_SIZE;
/** Bytes of the first thousand segments of who may be copied. */
const SHARED_SIZE = 64 * 1024;
/** Words in a line of the processor's cache. */
const LINE = 16;
const EMPTY = Buffer.alloc(0);

export class Memory {
  readonly bytes: Buffer[] = [];
  private readonly areas: Area[] = [];
  readonly words: Uint32Array[] = [];
  readonly doubles: Float64Array[] = [];
  /** Bytes in blocks that are in use. */
  used = 0;
  private top = 0;
  private end = 0;
  /** Made when the first block is given back. */
  private free: Uint32Array | undefined;
  /** Segments that a clone may have too. */
  private shared: boolean[] | undefined;
  private readonly freeSegments: number[] = [];
  /** What segments of full size are parts of. */
  private chunks: Buffer[] = [];
  /** Where the next one begins in the last of them. */
  private cut = CHUNK_SIZE;
  /** Chunks that `clear` has left, to be used again or given back. */
  private reserve: Buffer[] = [];
  private nextSize: number;

  /**
   * Segments grow from the first one's size to 8 MiB: a small one for who may stay small. Those grow slowly, four times
   * larger for each thousand, so that the first write to a shared one, which copies it, does not take long.
   */
  constructor(private readonly firstSize = SEGMENT_SIZE) {
    this.nextSize = firstSize;
  }

  /** Bytes of its segments that no block in use has. */
  get unused(): number {
    return this.bytes.reduce((sum, { length }) => sum + length, 0) - this.used;
  }

  segment(ref: Ref): Buffer {
    return this.bytes[ref >>> REF_BITS]!;
  }

  area(ref: Ref): Area {
    return this.areas[ref >>> REF_BITS]!;
  }

  /** Where the block starts in its segment, in bytes. */
  offset(ref: Ref): number {
    return (ref & REF_MASK) << UNIT_BITS;
  }

  word(ref: Ref, index: number): number {
    return this.words[ref >>> REF_BITS]![((ref & REF_MASK) << 2) + index]!;
  }

  setWord(ref: Ref, index: number, value: number): void {
    this.words[ref >>> REF_BITS]![((ref & REF_MASK) << 2) + index] = value;
  }

  /** Touches the first lines of the block. */
  glance(ref: Ref): number {
    const words = this.words[ref >>> REF_BITS]!;
    const at = (ref & REF_MASK) << 2;
    return at + 2 * LINE < words.length ? words[at]! ^ words[at + LINE]! ^ words[at + 2 * LINE]! : words[at]!;
  }

  double(ref: Ref, index: number): number {
    return this.doubles[ref >>> REF_BITS]![((ref & REF_MASK) << 1) + index]!;
  }

  setDouble(ref: Ref, index: number, value: number): void {
    this.doubles[ref >>> REF_BITS]![((ref & REF_MASK) << 1) + index] = value;
  }

  allocate(size: number): Ref {
    if (size > MAX_BLOCK) return this.allocateLarge(size);
    const index = classOf(size);
    const units = CLASSES[index]!;
    this.used += units * UNIT;
    const { free } = this;
    const reused = free === undefined ? 0 : free[index]!;
    if (reused === 0) return this.extend(units);
    free![index] = this.word(reused, 0);
    return reused;
  }

  release(ref: Ref, size: number): void {
    this.used -= capacity(size);
    if (size > MAX_BLOCK) {
      this.releaseLarge(ref);
      return;
    }
    this.giveBack(ref, classOf(size));
  }

  private giveBack(ref: Ref, index: number): void {
    const free = (this.free ??= new Uint32Array(CLASSES.length));
    this.own(ref);
    this.setWord(ref, 0, free[index]!);
    free[index] = ref;
  }

  clear(): void {
    if (this.shared === undefined) this.reserve.push(...this.chunks);
    this.leaveChunks();
    this.bytes.length = 0;
    this.areas.length = 0;
    this.words.length = 0;
    this.doubles.length = 0;
    this.freeSegments.length = 0;
    this.free = undefined;
    this.shared = undefined;
    this.nextSize = this.firstSize;
    this.top = 0;
    this.end = 0;
    this.used = 0;
  }

  /**
   * Gives a chunk of what was cleared back to the system, if there is one, which takes 2 ms. Left to the garbage collector they would all go
   * at once, when it runs next, and its next run would wait until they are gone: 50 ms for 500 MB.
   */
  giveBackSome(): boolean {
    const chunk = this.reserve.pop();
    if (chunk !== undefined) freeBuffers([chunk.buffer as ArrayBuffer]);
    return chunk !== undefined;
  }

  /**
   * The same blocks at the same refs. Segments are shared until one of the two writes to them, so that copying a lot
   * takes no time: whoever clones calls `own` before each write.
   */
  clone(): Memory {
    const copy = new Memory(this.firstSize);
    copy.bytes.push(...this.bytes);
    copy.areas.push(...this.areas);
    copy.words.push(...this.words);
    copy.doubles.push(...this.doubles);
    this.shared = this.bytes.map(() => true);
    this.leaveChunks();
    copy.shared = this.shared.slice();
    copy.used = this.used;
    copy.top = this.top;
    copy.end = this.end;
    copy.free = this.free?.slice();
    copy.freeSegments.push(...this.freeSegments);
    copy.nextSize = this.nextSize;
    return copy;
  }

  /** The block will be written to. */
  own(ref: Ref): void {
    const segment = ref >>> REF_BITS;
    if (this.shared?.[segment]) this.setSegment(segment, copyOf(this.bytes[segment]!));
  }

  private extend(units: number): Ref {
    if (this.top + units > this.end) {
      this.recycleTail();
      const size = Math.max(this.nextSize, units * UNIT);
      this.nextSize = Math.min(this.largestSegment, size * 2);
      const segment = this.addSegment(size);
      this.end = segment * SEGMENT_UNITS + (size >>> UNIT_BITS);
      // Unit 0 of the first segment stays unused: ref 0 means none.
      this.top = Math.max(1, segment * SEGMENT_UNITS);
    }
    const ref = this.top;
    this.top += units;
    return ref;
  }

  private get largestSegment(): number {
    if (this.firstSize === SEGMENT_SIZE) return SEGMENT_SIZE;
    return Math.min(SEGMENT_SIZE, SHARED_SIZE * 4 ** (this.bytes.length >>> 10));
  }

  /** What is left of a segment goes to the free lists, largest class first. */
  private recycleTail(): void {
    for (let index = CLASSES.length - 1; index >= 0 && this.top < this.end; index--) {
      const units = CLASSES[index]!;
      for (; this.top + units <= this.end; this.top += units) {
        this.giveBack(this.top, index);
      }
    }
  }

  private allocateLarge(size: number): Ref {
    const bytes = capacity(size);
    this.used += bytes;
    const segment = this.addSegment(bytes);
    return segment === 0 ? 1 : segment * SEGMENT_UNITS;
  }

  private releaseLarge(ref: Ref): void {
    const segment = ref >>> REF_BITS;
    this.setSegment(segment, EMPTY);
    if (segment > 0) this.freeSegments.push(segment);
  }

  private addSegment(size: number): number {
    const segment = this.freeSegments.pop() ?? this.bytes.length;
    if (segment >= MAX_SEGMENTS) throw new RangeError('the keyspace has reached 64 GiB');
    // One unit more in the first segment, where unit 0 is not used.
    const length = segment === 0 ? size + UNIT : size;
    this.setSegment(segment, length === SEGMENT_SIZE ? this.cutSegment() : Buffer.allocUnsafeSlow(length));
    return segment;
  }

  private leaveChunks(): void {
    this.chunks = [];
    this.cut = CHUNK_SIZE;
  }

  private cutSegment(): Buffer {
    if (this.cut === CHUNK_SIZE) {
      this.chunks.push(this.reserve.pop() ?? Buffer.allocUnsafeSlow(CHUNK_SIZE));
      this.cut = 0;
    }
    return this.chunks.at(-1)!.subarray(this.cut, (this.cut += SEGMENT_SIZE));
  }

  private setSegment(segment: number, bytes: Buffer): void {
    if (this.shared !== undefined) this.shared[segment] = false;
    this.bytes[segment] = bytes;
    this.areas[segment] = new Area(bytes);
    this.words[segment] = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
    this.doubles[segment] = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 3);
  }
}

function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

/** Units per block by size class: every unit up to 32 (512 bytes), then eight classes to each doubling. */
const CLASSES = sizeClasses();
/** Size class by units needed. */
const CLASS_BY_UNITS = classTable();

function sizeClasses(): number[] {
  const classes: number[] = [];
  for (let units = 1; units <= 32; units++) classes.push(units);
  for (let base = 32; base * UNIT < MAX_BLOCK; base *= 2) {
    for (let eighth = 1; eighth <= 8; eighth++) classes.push(base + (base / 8) * eighth);
  }
  return classes;
}

function classTable(): Uint8Array {
  const table = new Uint8Array(MAX_BLOCK / UNIT + 1);
  let index = 0;
  for (let units = 1; units < table.length; units++) {
    if (units > CLASSES[index]!) index++;
    table[units] = index;
  }
  return table;
}

function classOf(size: number): number {
  return CLASS_BY_UNITS[(size + UNIT - 1) >>> UNIT_BITS]!;
}

/** The bytes a block of this size really has. */
export function capacity(size: number): number {
  return size > MAX_BLOCK ? Math.ceil(size / UNIT) * UNIT : CLASSES[classOf(size)]! * UNIT;
}

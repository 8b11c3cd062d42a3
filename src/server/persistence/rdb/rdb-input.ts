import { Area, EMPTY_AREA } from '../../../resp/area.js';
import type { Args, ByteString } from '../../../resp/args.js';
import { Crc64 } from './crc64.js';
import { LZF_MAX_RATIO, lzfDecompress } from './lzf.js';
import { RdbError, StringCoding } from './types.js';

/** Where more bytes come from. */
export interface RdbSource {
  /** Bytes that are still to come. */
  readonly remaining: number;
  /**
   * Reads at least one byte into `bytes` from `at` on, at most up to its end; answers how many, 0 at the end, and -1 where
   * more will come and is not there yet.
   */
  read(bytes: Buffer, at: number): number;
}

/**
 * Reads the elements of the RDB format. Whatever the bytes are, it throws RdbError or answers, and takes no more
 * memory than their number allows: a length is believed only when so many bytes are there.
 *
 * A string is left in `area` from `start` on, `length` bytes, until the next call.
 */
export class RdbInput {
  area = EMPTY_AREA;
  start = 0;
  length = 0;
  /** More bytes were needed than have come: what was begun has to be read again, from the mark on. */
  isStarved = false;
  private at: number;
  /** Bytes from there on are kept. */
  private marked: number | undefined;
  private summed: number;
  private readonly sum: Crc64 | undefined;
  private before = 0;
  private buffer: Buffer;
  /** Of the buffer. */
  private whole: Area;

  constructor(
    buffer: Buffer,
    private end: number = buffer.length,
    private readonly source?: RdbSource,
    checksum = false,
  ) {
    this.buffer = buffer;
    this.whole = new Area(buffer);
    this.at = 0;
    this.summed = 0;
    this.sum = checksum ? new Crc64() : undefined;
  }

  /** Bytes that are left. */
  get remaining(): number {
    return this.end - this.at + (this.source?.remaining ?? 0);
  }

  /** Bytes that were read. */
  get offset(): number {
    return this.before + this.at;
  }

  /** The checksum of all that was read. */
  checksum(): Crc64 | undefined {
    this.sum?.update(this.buffer, this.summed, this.at);
    this.summed = this.at;
    return this.sum;
  }

  /** Where to go on when bytes are wanting: `rewind` leads back. */
  mark(): void {
    this.marked = this.at;
  }

  /** Bytes that have come since. */
  get sinceMark(): number {
    return this.end - (this.marked ?? this.at);
  }

  rewind(): void {
    this.at = this.marked!;
    this.isStarved = false;
  }

  byte(): number {
    const at = this.take(1);
    return this.buffer[at]!;
  }

  /** A length or count as a number; one past 2^53 is no sound one. */
  size(): number {
    const value = this.wideSize();
    if (typeof value === 'bigint') throw new RdbError('a length is out of range');
    return value;
  }

  /** As `size`, of up to 64 bits. */
  wideSize(): number | bigint {
    const first = this.byte();
    if (first < 0x40) return first;
    if (first < 0x80) return ((first & 0x3f) << 8) | this.byte();
    if (first !== 0x80 && first !== 0x81) throw new RdbError(`unknown length encoding ${first}`);
    const at = this.take(first === 0x80 ? 4 : 8);
    if (first === 0x80) return this.buffer.readUInt32BE(at);
    const value = this.buffer.readBigUInt64BE(at);
    return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }

  /** A count of elements that take at least one byte each. */
  count(): number {
    const count = this.size();
    if (count > this.remaining) throw new RdbError('more elements than bytes');
    return count;
  }

  double(): number {
    const at = this.take(8);
    return this.buffer.readDoubleLE(at);
  }

  /** A score as text with a length before it: how sorted sets were once kept. */
  textDouble(): number {
    const length = this.byte();
    if (length === 253) return Number.NaN;
    if (length === 254) return Number.POSITIVE_INFINITY;
    if (length === 255) return Number.NEGATIVE_INFINITY;
    const start = this.take(length);
    const text = this.buffer.latin1Slice(start, start + length);
    return /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?/i.test(text) ? Number.parseFloat(text) : Number.NaN;
  }

  /** Milliseconds in eight bytes. */
  time(): number {
    const at = this.take(8);
    return this.buffer.readInt32LE(at + 4) * 2 ** 32 + this.buffer.readUInt32LE(at);
  }

  /** Seconds in four bytes. */
  seconds(): number {
    const at = this.take(4);
    return this.buffer.readInt32LE(at);
  }

  /** So many bytes as they are, left where strings are. */
  raw(length: number): void {
    const start = this.take(length);
    this.hold(this.whole, start, length);
  }

  string(): void {
    const first = this.byte();
    if (first >= 0xc0) {
      this.codedString(first & 0x3f);
      return;
    }
    this.at--;
    this.raw(this.size());
  }

  /** The string that was read. */
  held(): ByteString {
    return this.area.bytes.latin1Slice(this.start, this.start + this.length);
  }

  heldBytes(): Buffer {
    return this.area.bytes.subarray(this.start, this.start + this.length);
  }

  /** The string that was read as the only argument, until the next call. */
  heldInto(args: Args): void {
    args.resetIn(this.area, this.start);
    args.add(0, this.length);
  }

  text(): ByteString {
    this.string();
    return this.held();
  }

  private codedString(coding: number): void {
    if (coding === StringCoding.lzf) {
      this.compressedString();
      return;
    }
    const width = INTEGER_WIDTHS[coding];
    if (width === undefined) throw new RdbError(`unknown string encoding ${coding}`);
    const at = this.take(width);
    this.holdInteger(this.buffer.readIntLE(at, width));
  }

  private compressedString(): void {
    const compressed = this.size();
    const length = this.size();
    const from = this.take(compressed);
    if (length === 0 || length > compressed * LZF_MAX_RATIO) throw new RdbError('invalid compressed string');
    const area = this.roomFor(length);
    if (!lzfDecompress(this.buffer, from, from + compressed, area.bytes, length)) {
      throw new RdbError('invalid compressed string');
    }
    this.hold(area, 0, length);
  }

  private holdInteger(value: number): void {
    const area = this.roomFor(LONGEST_INTEGER);
    this.hold(area, 0, area.bytes.latin1Write(String(value)));
  }

  /** For a string that does not lie in the buffer as it is; one that is long gets room of its own. */
  private roomFor(length: number): Area {
    if (length > MOST_ROOM) return Area.of(length);
    if (this.room.bytes.length < length) this.room = Area.of(Math.max(LEAST_ROOM, length * 2));
    return this.room;
  }

  private room = EMPTY_AREA;

  private hold(area: Area, start: number, length: number): void {
    this.area = area;
    this.start = start;
    this.length = length;
  }

  /** Moves past so many bytes; answers where they begin, in the buffer as it is then: it may be another one. */
  private take(count: number): number {
    if (this.at + count > this.end) this.fill(count);
    const start = this.at;
    this.at += count;
    return start;
  }

  private fill(count: number): void {
    if (count > this.remaining || this.source === undefined) throw new RdbError(ENDED);
    if (count > LONGEST) throw new RdbError('a length is out of range');
    const from = Math.min(this.marked ?? this.at, this.at);
    this.sum?.update(this.buffer, this.summed, from);
    const needed = this.at - from + count;
    const room = Math.max(needed, this.buffer.length);
    const buffer = room > this.buffer.length ? Buffer.allocUnsafe(room) : this.buffer;
    this.buffer.copy(buffer, 0, from, this.end);
    this.before += from;
    if (buffer !== this.buffer) this.whole = new Area(buffer);
    this.buffer = buffer;
    this.end -= from;
    this.at -= from;
    if (this.marked !== undefined) this.marked = 0;
    this.summed = 0;
    while (this.end < needed) {
      const read = this.source.read(buffer, this.end);
      if (read === 0) throw new RdbError(ENDED);
      if (read < 0) {
        this.isStarved = true;
        throw STARVED;
      }
      this.end += read;
    }
  }
}

const INTEGER_WIDTHS: Readonly<Record<number, number>> = {
  [StringCoding.int8]: 1,
  [StringCoding.int16]: 2,
  [StringCoding.int32]: 4,
};
const ENDED = 'unexpected end of the data';
/** Nobody hears of it: who reads what may be wanting looks at `isStarved`. */
const STARVED = new RdbError('more bytes are to come');
/** Bytes of a string; what says it has more is not sound. */
const LONGEST = 2 ** 32;
/** Characters of an integer of 32 bits, with its sign. */
const LONGEST_INTEGER = 11;
const LEAST_ROOM = 64;
const MOST_ROOM = 64 * 1024;

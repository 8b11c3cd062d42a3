import { Area, copyPart, EMPTY_AREA } from '../../../resp/area.js';
import type { ByteString } from '../../../resp/args.js';
import { lzfCompress } from './lzf.js';
import { StringCoding } from './types.js';

/** Writes the elements of the RDB format into a buffer that grows; `take` gives what is there away. */
export class RdbOutput {
  private area = EMPTY_AREA;
  private end = 0;
  private taken = EMPTY_AREA;
  /** Two at most: one may be taken while another is written to, or nothing is for a while. */
  private readonly spare: Area[] = [];

  constructor(
    /** `rdbcompression`: strings of more than 20 bytes are compressed where that makes them shorter. */
    private readonly compresses: boolean,
    /** Bytes that are expected before they are taken. */
    private readonly expected = FIRST_SIZE,
    /** Longer strings are not compressed. */
    private readonly mostCompressed = Number.POSITIVE_INFINITY,
  ) {}

  get length(): number {
    return this.end;
  }

  /** The bytes so far, which are the taker's. */
  take(): Buffer {
    const bytes = this.area.bytes.subarray(0, this.end);
    this.taken = this.area;
    this.area = EMPTY_AREA;
    this.end = 0;
    return bytes;
  }

  /** What was taken last may be written over. */
  reuse(): void {
    const { taken, spare } = this;
    this.taken = EMPTY_AREA;
    const { length } = taken.bytes;
    if (length === 0 || length > MOST_KEPT) return;
    spare.push(taken);
    spare.sort((a, b) => a.bytes.length - b.bytes.length);
    if (spare.length > 2) spare.shift();
  }

  private get buffer(): Buffer {
    return this.area.bytes;
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.end++] = value;
  }

  /** A length or count, up to 64 bits. */
  size(value: number | bigint): void {
    this.reserve(9);
    const { buffer } = this;
    if (value < 64) buffer[this.end++] = Number(value);
    else if (value < 16384) {
      buffer[this.end++] = 0x40 | (Number(value) >> 8);
      buffer[this.end++] = Number(value) & 0xff;
    } else if (value <= 0xffffffff) {
      buffer[this.end++] = 0x80;
      this.end = buffer.writeUInt32BE(Number(value), this.end);
    } else {
      buffer[this.end++] = 0x81;
      this.end = buffer.writeBigUInt64BE(BigInt(value), this.end);
    }
  }

  /** A string: as an integer where it is one of 32 bits, compressed where that is worth it. */
  string(bytes: Buffer, start = 0, length = bytes.length): void {
    if (this.encoded(bytes, start, length)) return;
    this.size(length);
    this.raw(bytes, start, length);
  }

  private encoded(bytes: Buffer, start: number, length: number): boolean {
    if (length <= 11) return this.shortInteger(bytes, start, length);
    return this.compresses && length > 20 && length <= this.mostCompressed && this.compress(bytes, start, length);
  }

  text(text: ByteString): void {
    const { length } = text;
    if (length > MAX_SCRATCH) {
      this.string(Buffer.from(text, 'latin1'));
      return;
    }
    if (SCRATCH.bytes.length < length) SCRATCH = Area.of(length * 2);
    SCRATCH.bytes.latin1Write(text);
    this.part(SCRATCH, 0, length);
  }

  /** As `string`, from an area. */
  part(from: Area, start: number, length: number): void {
    if (this.encoded(from.bytes, start, length)) return;
    this.size(length);
    this.reserve(length);
    copyPart(from, start, this.area, this.end, length);
    this.end += length;
  }

  /** Bytes without their length. */
  raw(bytes: Buffer, start = 0, length = bytes.length): void {
    this.reserve(length);
    bytes.copy(this.buffer, this.end, start, start + length);
    this.end += length;
  }

  /** Eight bytes, the lowest first. */
  double(value: number): void {
    this.reserve(8);
    this.end = this.buffer.writeDoubleLE(value, this.end);
  }

  /** Milliseconds in eight bytes. */
  time(milliseconds: number): void {
    this.reserve(8);
    const high = Math.floor(milliseconds / 2 ** 32);
    this.end = this.buffer.writeUInt32LE(milliseconds - high * 2 ** 32, this.end);
    this.end = this.buffer.writeInt32LE(high, this.end);
  }

  private shortInteger(bytes: Buffer, start: number, length: number): boolean {
    const value = parseShort(bytes, start, length);
    if (value === undefined || value !== (value | 0)) return false;
    this.reserve(5);
    const { buffer } = this;
    if (value === (value << 24) >> 24) {
      buffer[this.end++] = CODED | StringCoding.int8;
      this.end = buffer.writeInt8(value, this.end);
    } else if (value === (value << 16) >> 16) {
      buffer[this.end++] = CODED | StringCoding.int16;
      this.end = buffer.writeInt16LE(value, this.end);
    } else {
      buffer[this.end++] = CODED | StringCoding.int32;
      this.end = buffer.writeInt32LE(value, this.end);
    }
    return true;
  }

  private compress(bytes: Buffer, start: number, length: number): boolean {
    // Compressed bytes are made behind the longest head and moved to the real one.
    this.reserve(HEAD + length);
    const from = this.end + HEAD;
    const to = lzfCompress(bytes, start, length, this.buffer, from, length - 4);
    if (to === 0) return false;
    this.buffer[this.end++] = CODED | StringCoding.lzf;
    this.size(to - from);
    this.size(length);
    this.buffer.copyWithin(this.end, from, to);
    this.end += to - from;
    return true;
  }

  private reserve(size: number): void {
    const { length } = this.buffer;
    if (this.end + size <= length) return;
    const bigger = this.obtain(Math.max(this.expected, length * 2, this.end + size));
    this.buffer.copy(bigger.bytes, 0, 0, this.end);
    this.area = bigger;
  }

  private obtain(length: number): Area {
    const largest = this.spare.at(-1);
    if (largest === undefined || largest.bytes.length < length) return new Area(Buffer.allocUnsafe(length));
    this.spare.pop();
    return largest;
  }
}

const FIRST_SIZE = 1024;
const CODED = 0xc0;
const HEAD = 1 + 9 + 9;
const MAX_SCRATCH = 1024 * 1024;
const MOST_KEPT = 1024 * 1024;
let SCRATCH = Area.of(4096);

/** An integer in the form that Redis prints; undefined for any other text. Of up to eleven bytes. */
function parseShort(bytes: Buffer, start: number, length: number): number | undefined {
  const negative = bytes[start] === 0x2d;
  const first = negative ? start + 1 : start;
  const end = start + length;
  if (first >= end) return undefined;
  if (bytes[first] === 0x30) return length === 1 ? 0 : undefined;
  let value = 0;
  for (let at = first; at < end; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

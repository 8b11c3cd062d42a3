import type { ByteString } from '../../resp/args.js';
import { isIntegerText } from './integer-text.js';
import {
  backLength,
  Code,
  integerAt,
  isIntegerAt,
  nextElement,
  previousElement,
  sizeAt,
  stringStart,
  type TextSink,
  tellElement,
  textAt,
} from './listpack-element.js';
import { canonical } from './stream-id.js';

/**
 * Elements of Redis's listpack format (listpack-element.ts), one behind another in a buffer that grows.
 *
 * `ListpackElements` is the elements alone; listpack-frame.ts puts the head (total bytes, number of elements) and
 * the end byte around them. Elements are named by their offset; what is read must be sound.
 */
export class ListpackElements {
  buffer: Buffer;
  end = 0;

  constructor(room: number) {
    this.buffer = Buffer.allocUnsafeSlow(room);
  }

  static from(bytes: Buffer): ListpackElements {
    const elements = new ListpackElements(0);
    elements.buffer = bytes;
    elements.end = bytes.length;
    return elements;
  }

  addInteger(value: number | bigint): void {
    this.reserve(10);
    const { buffer } = this;
    const at = this.end;
    if (typeof value === 'bigint' || value > INT32_MAX || value < INT32_MIN) this.writeInt64(at, value);
    else if (value >= 0 && value < 128) {
      buffer[at] = value;
      buffer[at + 1] = 1;
      this.end = at + 2;
    } else if (value >= -4096 && value < 4096) {
      buffer[at] = Code.int13 | ((value >> 8) & 0x1f);
      buffer[at + 1] = value & 0xff;
      this.finish(at, 2);
    } else this.writeWide(at, value);
  }

  /** A string, kept as an integer when it is one in the form that Redis prints. */
  addString(bytes: Buffer, start: number, length: number): void {
    const integer = length <= 20 ? parseInteger(bytes, start, length) : undefined;
    if (integer !== undefined) {
      this.addInteger(integer);
      return;
    }
    const at = this.beginString(length);
    const { buffer } = this;
    if (length < 48) for (let i = 0; i < length; i++) buffer[at + i] = bytes[start + i]!;
    else bytes.copy(buffer, at, start, start + length);
    this.endString(at, length);
  }

  /** Makes room for a string, whose bytes are to be written where it answers, before `endString`. */
  beginString(length: number): number {
    this.reserve(length + 10);
    return this.writeStringHead(length);
  }

  endString(at: number, length: number): void {
    this.finish(this.end, at - this.end + length);
  }

  addText(text: ByteString): void {
    const { length } = text;
    if (isIntegerText(text)) {
      this.addInteger(length < 16 ? Number(text) : canonical(BigInt(text)));
      return;
    }
    this.reserve(length + 10);
    const at = this.writeStringHead(length);
    this.buffer.latin1Write(text, at);
    this.finish(this.end, at - this.end + length);
  }

  /** Elements of another listpack. */
  addElements(other: ListpackElements): void {
    this.reserve(other.end);
    other.buffer.copy(this.buffer, this.end, 0, other.end);
    this.end += other.end;
  }

  next(at: number): number {
    return nextElement(this.buffer, at);
  }

  previous(at: number): number {
    return previousElement(this.buffer, at);
  }

  isInteger(at: number): boolean {
    return isIntegerAt(this.buffer, at);
  }

  integer(at: number): number | bigint {
    return integerAt(this.buffer, at);
  }

  text(at: number): ByteString {
    return textAt(this.buffer, at);
  }

  tell(at: number, sink: TextSink): void {
    tellElement(this.buffer, at, sink);
  }

  equals(at: number, bytes: Buffer, start: number, length: number): boolean {
    if (this.isInteger(at)) return String(this.integer(at)) === bytes.latin1Slice(start, start + length);
    const from = stringStart(this.buffer, at);
    const to = at + sizeAt(this.buffer, at);
    return to - from === length && bytes.compare(this.buffer, from, to, start, start + length) === 0;
  }

  /** Gives back the room that is not used. */
  shrink(): void {
    if (this.end < this.buffer.length) this.buffer = copyOf(this.buffer, this.end);
  }

  clone(): ListpackElements {
    const copy = ListpackElements.from(copyOf(this.buffer, this.buffer.length));
    copy.end = this.end;
    return copy;
  }

  /** Where the string's bytes go. */
  private writeStringHead(length: number): number {
    const { buffer } = this;
    let at = this.end;
    if (length < 64) buffer[at++] = Code.string6 | length;
    else if (length < 4096) {
      buffer[at++] = Code.string12 | (length >> 8);
      buffer[at++] = length & 0xff;
    } else {
      buffer[at++] = Code.string32;
      at = buffer.writeUInt32LE(length, at);
    }
    return at;
  }

  private writeWide(at: number, value: number): void {
    const { buffer } = this;
    if (value >= -32768 && value < 32768) {
      buffer[at] = Code.int16;
      buffer.writeInt16LE(value, at + 1);
      this.finish(at, 3);
    } else if (value >= -8388608 && value < 8388608) {
      buffer[at] = Code.int24;
      buffer.writeIntLE(value, at + 1, 3);
      this.finish(at, 4);
    } else {
      buffer[at] = Code.int32;
      buffer.writeInt32LE(value, at + 1);
      this.finish(at, 5);
    }
  }

  private writeInt64(at: number, value: number | bigint): void {
    this.buffer[at] = Code.int64;
    this.buffer.writeBigInt64LE(BigInt(value), at + 1);
    this.finish(at, 9);
  }

  /** Writes the size behind an element. */
  private finish(at: number, size: number): void {
    const { buffer } = this;
    const length = backLength(size);
    let rest = size;
    for (let i = at + size + length - 1; i >= at + size; i--) {
      buffer[i] = (rest & 127) | (i === at + size ? 0 : 128);
      rest = Math.floor(rest / 128);
    }
    this.end = at + size + length;
  }

  private reserve(size: number): void {
    if (this.end + size <= this.buffer.length) return;
    const bigger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.end + size));
    this.buffer.copy(bigger, 0, 0, this.end);
    this.buffer = bigger;
  }
}

/** Bytes that an integer takes up, with its size behind it. */
export function integerRoom(value: number): number {
  if (value >= 0 && value < 128) return 2;
  if (value >= -4096 && value < 4096) return 3;
  if (value >= -32768 && value < 32768) return 4;
  if (value >= -8388608 && value < 8388608) return 5;
  return value >= INT32_MIN && value <= INT32_MAX ? 6 : 10;
}

const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);
function copyOf(buffer: Buffer, length: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(length);
  buffer.copy(copy, 0, 0, length);
  return copy;
}

/** The integer of 64 bits that the text is, in the form that Redis prints; undefined for any other text. */
export function parseInteger(bytes: Buffer, start: number, length: number): number | bigint | undefined {
  const negative = bytes[start] === 0x2d;
  const first = negative ? start + 1 : start;
  const end = start + length;
  // Behind an empty text the minus of another one may stand.
  if (first >= end) return undefined;
  if (bytes[first] === 0x30) return length === 1 ? 0 : undefined;
  let value = 0;
  for (let at = first; at < end; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  if (value <= Number.MAX_SAFE_INTEGER) return negative ? -value : value;
  const exact = BigInt(bytes.latin1Slice(start, end));
  return exact === BigInt.asIntN(64, exact) ? exact : undefined;
}

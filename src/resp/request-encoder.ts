import { Area, copyPart, EMPTY_AREA } from './area.js';
import { type Args, type ByteString, digits } from './args.js';

/** A command as a client sends it: an array of bulk strings. Text is one byte a character. */
export function encodeWords(words: readonly (ByteString | Uint8Array)[]): Buffer {
  let size = headerLength(words.length);
  for (const word of words) size += headerLength(word.length) + word.length + 2;
  const bytes = Buffer.allocUnsafe(size);
  let at = writeHeader(bytes, 0, ARRAY, words.length);
  for (const word of words) {
    at = writeHeader(bytes, at, BULK, word.length);
    if (typeof word === 'string') bytes.latin1Write(word, at);
    else bytes.set(word, at);
    at = writeEnd(bytes, at + word.length);
  }
  return bytes;
}

/** Commands as a client sends them, one behind the other, in an area that is used again and again. */
export class RequestBytes {
  area = EMPTY_AREA;
  end = 0;

  addArgs(args: Args): void {
    const { count } = args;
    let size = LONGEST_HEAD;
    for (let i = 0; i < count; i++) size += LONGEST_HEAD + args.length(i);
    this.reserve(size);
    const { area } = this;
    const { bytes } = area;
    let at = writeHeader(bytes, this.end, ARRAY, count);
    for (let i = 0; i < count; i++) {
      const length = args.length(i);
      at = writeHeader(bytes, at, BULK, length);
      copyPart(args.area, args.start(i), area, at, length);
      at = writeEnd(bytes, at + length);
    }
    this.end = at;
  }

  addWords(words: readonly (ByteString | Uint8Array)[]): void {
    const encoded = encodeWords(words);
    this.reserve(encoded.length);
    this.area.bytes.set(encoded, this.end);
    this.end += encoded.length;
  }

  /** What was added is of no more use. */
  clear(): void {
    this.end = 0;
    if (this.area.bytes.length > MOST_KEPT) this.area = EMPTY_AREA;
  }

  private reserve(size: number): void {
    const { bytes } = this.area;
    if (this.end + size <= bytes.length) return;
    const bigger = Area.of(Math.max(LEAST, bytes.length * 2, this.end + size));
    bigger.bytes.set(bytes.subarray(0, this.end));
    this.area = bigger;
  }
}

/** Of a header, with the end of the bulk string behind it. */
const LONGEST_HEAD = 21;
const LEAST = 4096;
const MOST_KEPT = 1024 * 1024;
const ARRAY = 0x2a;
const BULK = 0x24;

function headerLength(value: number): number {
  return 3 + digits(value);
}

function writeHeader(bytes: Buffer, at: number, type: number, value: number): number {
  bytes[at++] = type;
  if (value < 10) {
    bytes[at] = 0x30 + value;
    return writeEnd(bytes, at + 1);
  }
  let rest = value;
  const end = at + digits(value);
  for (let i = end - 1; i >= at; i--) {
    const tenth = Math.floor(rest / 10);
    bytes[i] = 0x30 + rest - tenth * 10;
    rest = tenth;
  }
  return writeEnd(bytes, end);
}

function writeEnd(bytes: Buffer, at: number): number {
  bytes[at] = 0x0d;
  bytes[at + 1] = 0x0a;
  return at + 2;
}

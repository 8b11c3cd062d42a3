import type { Args, ByteString } from './args.js';

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

/** The same, from where the arguments lie. */
export function encodeArgs(args: Args): Buffer {
  const { count, buffer } = args;
  let size = headerLength(count);
  for (let i = 0; i < count; i++) size += headerLength(args.length(i)) + args.length(i) + 2;
  const bytes = Buffer.allocUnsafe(size);
  let at = writeHeader(bytes, 0, ARRAY, count);
  for (let i = 0; i < count; i++) {
    const start = args.start(i);
    const length = args.length(i);
    at = writeHeader(bytes, at, BULK, length);
    if (length < COPIED_BY_HAND) for (let j = 0; j < length; j++) bytes[at + j] = buffer[start + j]!;
    else buffer.copy(bytes, at, start, start + length);
    at = writeEnd(bytes, at + length);
  }
  return bytes;
}

const ARRAY = 0x2a;
const BULK = 0x24;
/** Below this many bytes a loop is faster than a call. */
const COPIED_BY_HAND = 32;

function digits(value: number): number {
  let count = 1;
  for (let bound = 10; value >= bound; bound *= 10) count++;
  return count;
}

function headerLength(value: number): number {
  return 3 + digits(value);
}

function writeHeader(bytes: Buffer, at: number, type: number, value: number): number {
  bytes[at++] = type;
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

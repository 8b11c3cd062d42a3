import type { ByteString } from '../../../resp/args.js';
import { RdbError } from './types.js';

/** Formats of small collections that Redis before 7.0 wrote. Read only, checked to the last byte. */

/**
 * A ziplist: total bytes, place of the last element, number of elements; then for each the size of the one before
 * it, how it is kept, and its bytes.
 */
export function readZiplist(bytes: Buffer): ByteString[] {
  const size = bytes.length;
  if (size < HEAD + 1 || bytes.readUInt32LE(0) !== size || bytes[size - 1] !== END) throw invalid();
  const elements: ByteString[] = [];
  let before = 0;
  let at = HEAD;
  while (at < size - 1) {
    const head = bytes[at] === LONG ? 5 : 1;
    const said = head === 1 ? bytes[at]! : at + 5 <= size ? bytes.readUInt32LE(at + 1) : -1;
    if (said !== before) throw invalid();
    const element = readElement(bytes, at + head, size - 1);
    elements.push(element.text);
    before = element.end - at;
    at = element.end;
  }
  const count = bytes.readUInt16LE(8);
  const isTail = bytes.readUInt32LE(4) === (elements.length === 0 ? HEAD : at - before);
  if (!isTail || (count !== 0xffff && count !== elements.length)) throw invalid();
  return elements;
}

function readElement(bytes: Buffer, at: number, end: number): { text: ByteString; end: number } {
  if (at >= end) throw invalid();
  const code = bytes[at]!;
  if (code < 0xc0) return readString(bytes, at, end);
  const width = INTEGER_WIDTHS[code] ?? 0;
  if (width > 0) {
    if (at + 1 + width > end) throw invalid();
    const text = String(width === 8 ? bytes.readBigInt64LE(at + 1) : bytes.readIntLE(at + 1, width));
    return { text, end: at + 1 + width };
  }
  if (code < 0xf1 || code > 0xfd) throw invalid();
  return { text: String((code & 0x0f) - 1), end: at + 1 };
}

function readString(bytes: Buffer, at: number, end: number): { text: ByteString; end: number } {
  const code = bytes[at]!;
  const head = code < 0x40 ? 1 : code < 0x80 ? 2 : 5;
  if (at + head > end) throw invalid();
  const length = head === 1 ? code : head === 2 ? bytes.readUInt16BE(at) & 0x3fff : bytes.readUInt32BE(at + 1);
  const start = at + head;
  if (start + length > end) throw invalid();
  return { text: bytes.latin1Slice(start, start + length), end: start + length };
}

/** A zipmap: pairs of strings with their lengths, and unused bytes behind each value. */
export function readZipmap(bytes: Buffer): ByteString[] {
  const size = bytes.length;
  if (size < 3 || bytes[size - 1] !== END) throw invalid();
  const texts: ByteString[] = [];
  for (let at = 1; at < size - 1; ) {
    const field = readSized(bytes, at, 0);
    const value = readSized(bytes, field.end, 1);
    texts.push(field.text, value.text);
    at = value.end;
  }
  const count = bytes[0]!;
  if (count < LONG && count !== texts.length / 2) throw invalid();
  return texts;
}

/** With `extra` bytes between length and text, the first of which says how many unused bytes follow. */
function readSized(bytes: Buffer, at: number, extra: number): { text: ByteString; end: number } {
  const end = bytes.length - 1;
  const head = bytes[at] === LONG ? 5 : 1;
  if (at + head + extra > end || bytes[at] === END) throw invalid();
  const length = head === 1 ? bytes[at]! : bytes.readUInt32LE(at + 1);
  const unused = extra === 0 ? 0 : bytes[at + head]!;
  const start = at + head + extra;
  if (start + length + unused > end) throw invalid();
  return { text: bytes.latin1Slice(start, start + length), end: start + length + unused };
}

function invalid(): RdbError {
  return new RdbError('lengths or places are wrong');
}

const HEAD = 10;
const END = 0xff;
/** In place of a length: four bytes with the length follow. */
const LONG = 0xfe;
const INTEGER_WIDTHS: Readonly<Record<number, number>> = { 192: 2, 208: 4, 224: 8, 240: 3, 254: 1 };

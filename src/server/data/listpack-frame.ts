import { ListpackElements } from './listpack.js';
import { backLength, sizeAt } from './listpack-element.js';

/**
 * A whole listpack as it is stored: total bytes and number of elements in front, the end byte behind. What comes
 * from outside is checked to the last byte, so that its elements can be read without further care.
 */

/** The elements with everything around them. */
export function toListpack(elements: ListpackElements, count: number): Buffer {
  return frame(Buffer.allocUnsafe(HEAD + elements.end + 1), elements, count);
}

/**
 * As `toListpack`, good until the next call: a snapshot of large values would leave hundreds of megabytes to collect, which
 * V8 answers with collections of everything.
 */
export function toPassingListpack(elements: ListpackElements, count: number): Buffer {
  const size = HEAD + elements.end + 1;
  if (size > MAX_SCRATCH) return toListpack(elements, count);
  if (scratch.length < size) scratch = Buffer.allocUnsafeSlow(Math.min(size * 2, MAX_SCRATCH));
  return frame(scratch.subarray(0, size), elements, count);
}

let scratch = Buffer.alloc(0);
/** Bytes that may be kept for what is put together next. */
export const MAX_SCRATCH = 1024 * 1024;

function frame(bytes: Buffer, elements: ListpackElements, count: number): Buffer {
  const size = bytes.length;
  bytes.writeUInt32LE(size, 0);
  bytes.writeUInt16LE(Math.min(count, UNCOUNTED), 4);
  elements.buffer.copy(bytes, HEAD, 0, elements.end);
  bytes[size - 1] = END;
  return bytes;
}

/**
 * Of a listpack that is sound, in place: undefined for any other bytes. `mended` hears of a wrong number of elements, where
 * that is no obstacle.
 */
export function fromListpack(bytes: Buffer, mended?: (what: string) => void): ListpackElements | undefined {
  const size = bytes.length;
  if (size < HEAD + 1 || bytes.readUInt32LE(0) !== size || bytes[size - 1] !== END) return undefined;
  const elements = ListpackElements.from(bytes.subarray(HEAD, size - 1));
  const count = countSound(elements);
  const said = bytes.readUInt16LE(4);
  if (count === undefined) return undefined;
  if (said === UNCOUNTED || said === count) return elements;
  // As Redis, which takes it for empty then and looks no further.
  if (said === 0 || mended === undefined) return undefined;
  mended('a wrong number of elements');
  return elements;
}

export function countElements(elements: ListpackElements): number {
  let count = 0;
  for (let at = 0; at < elements.end; at = elements.next(at)) count++;
  return count;
}

function countSound(elements: ListpackElements): number | undefined {
  const { buffer, end } = elements;
  let count = 0;
  for (let at = 0; at < end; count++) {
    const head = headSize(buffer[at]!);
    if (head === 0 || at + head > end) return undefined;
    const size = sizeAt(buffer, at);
    const next = at + size + backLength(size);
    if (next > end || elements.previous(next) !== at) return undefined;
    at = next;
  }
  return count;
}

/** Bytes that say how long an element is; 0 for a byte that begins none. */
function headSize(code: number): number {
  if (code < 0xe0) return 1;
  if (code < 0xf0) return 2;
  if (code === 0xf0) return 5;
  return code <= 0xf4 ? 1 : 0;
}

const HEAD = 6;
const END = 0xff;
/** So many elements or more: they are to be counted. */
const UNCOUNTED = 0xffff;

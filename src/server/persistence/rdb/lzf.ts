/**
 * LZF, the compression of strings in RDB files: runs of literal bytes, and references to bytes at most 8 KiB back.
 *
 *     000nnnnn                    n + 1 literal bytes follow
 *     nnnooooo oooooooo           n + 2 bytes from o + 1 back (n from 1 to 6)
 *     111ooooo nnnnnnnn oooooooo  n + 9 bytes from o + 1 back
 *
 * Which references are found is part of what DUMP answers: the same as the fast variant of the C library finds.
 */

/**
 * Compresses `length` bytes to `to` from `at` on. Answers where they end, 0 when they do not fit into `room` bytes.
 */
export function lzfCompress(from: Uint8Array, start: number, length: number, to: Buffer, at: number, room: number) {
  const base = reserveSlots(length) - start;
  const end = start + length;
  const limit = at + room;
  let ip = start;
  let op = at + 1;
  let literals = 0;
  // The bytes from `ip` on that the hash is of, but for the third.
  let three = twoAt(from, ip);
  while (ip < end - 2) {
    three = ((three << 8) | from[ip + 2]!) & 0xff_ffff;
    const slot = slotOf(three);
    const ref = SLOTS[slot]! - base;
    SLOTS[slot] = base + ip;
    const offset = ip - ref - 1;
    if (ref > start && offset < MAX_OFFSET && isSame(from, ref, ip)) {
      const empty = literals === 0 ? 1 : 0;
      if (op - empty + 4 >= limit) return 0;
      to[op - literals - 1] = literals - 1;
      op -= empty;
      const matched = matchLength(from, ref, ip, end);
      op = writeReference(to, op, offset, matched);
      literals = 0;
      op++;
      ip += matched;
      if (ip >= end - 2) break;
      three = twoAt(from, ip);
      SLOTS[slotOf((twoAt(from, ip - 2) << 8) | from[ip]!)] = base + ip - 2;
      SLOTS[slotOf((from[ip - 1]! << 16) | three)] = base + ip - 1;
      continue;
    }
    if (op >= limit) return 0;
    to[op++] = from[ip++]!;
    if (++literals === MAX_LITERALS) {
      to[op - literals - 1] = literals - 1;
      literals = 0;
      op++;
    }
  }
  if (op + 3 > limit) return 0;
  while (ip < end) {
    to[op++] = from[ip++]!;
    if (++literals === MAX_LITERALS) {
      to[op - literals - 1] = literals - 1;
      literals = 0;
      op++;
    }
  }
  to[op - literals - 1] = literals - 1;
  return literals === 0 ? op - 1 : op;
}

/** Fills the first `length` bytes of `to`; false when the bytes are not sound or make another length. */
export function lzfDecompress(from: Uint8Array, start: number, end: number, to: Buffer, length = to.length): boolean {
  let ip = start;
  let op = 0;
  while (ip < end) {
    const control = from[ip++]!;
    if (control < 32) {
      const count = control + 1;
      if (ip + count > end || op + count > length) return false;
      for (let i = 0; i < count; i++) to[op++] = from[ip++]!;
      continue;
    }
    let count = control >> 5;
    if (count === 7) {
      if (ip >= end) return false;
      count += from[ip++]!;
    }
    count += 2;
    if (ip >= end) return false;
    let ref = op - ((control & 0x1f) << 8) - from[ip++]! - 1;
    if (ref < 0 || op + count > length) return false;
    for (let i = 0; i < count; i++) to[op++] = to[ref++]!;
  }
  return op === length;
}

/** The most bytes that one compressed byte can stand for. */
export const LZF_MAX_RATIO = 264 / 3;

const MAX_LITERALS = 32;
const MAX_OFFSET = 8192;
const MAX_MATCH = 264;
/** From the hash of three bytes to where they were last seen; older calls' places are below the running one's. */
const SLOTS = new Int32Array(65536);
let nextBase = 1;

function reserveSlots(length: number): number {
  if (nextBase + length > 0x7fff_ffff) {
    SLOTS.fill(0);
    nextBase = 1;
  }
  const base = nextBase;
  nextBase += length + 1;
  return base;
}

function twoAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function slotOf(three: number): number {
  return ((three >>> 8) - three * 5) & 0xffff;
}

function isSame(bytes: Uint8Array, a: number, b: number): boolean {
  return bytes[a] === bytes[b] && bytes[a + 1] === bytes[b + 1] && bytes[a + 2] === bytes[b + 2];
}

/** Away from the end the first 18 bytes are compared without a look at the limit, which may so be passed by two. */
function matchLength(bytes: Uint8Array, ref: number, at: number, end: number): number {
  const limit = Math.min(end - at - 2, MAX_MATCH);
  let length = 2;
  if (limit > 16) {
    while (length < 18) if (bytes[ref + ++length] !== bytes[at + length]) return length;
  }
  do length++;
  while (length < limit && bytes[ref + length] === bytes[at + length]);
  return length;
}

function writeReference(to: Buffer, op: number, offset: number, matched: number): number {
  const length = matched - 2;
  if (length < 7) to[op++] = (offset >> 8) + (length << 5);
  else {
    to[op++] = (offset >> 8) + (7 << 5);
    to[op++] = length - 7;
  }
  to[op++] = offset & 0xff;
  return op;
}

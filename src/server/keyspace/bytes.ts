/** Few bytes are copied one by one: calling out of JavaScript takes longer. */
export function copyBytes(from: Buffer, start: number, to: Buffer, at: number, length: number): void {
  if (length < FEW) for (let i = 0; i < length; i++) to[at + i] = from[start + i]!;
  else from.copy(to, at, start, start + length);
}

const FEW = 64;

/** Within one array; the places may overlap. */
export function moveBytes(bytes: Buffer, from: number, to: number, length: number): void {
  if (length > 24) bytes.copyWithin(to, from, from + length);
  else if (to < from) for (let i = 0; i < length; i++) bytes[to + i] = bytes[from + i]!;
  else for (let i = length - 1; i >= 0; i--) bytes[to + i] = bytes[from + i]!;
}

/** Whether the bytes are an integer of 64 bits as Redis would print it. */
export function isIntegerBytes(bytes: Buffer, start: number, length: number): boolean {
  if (length === 0 || length > 20) return false;
  const first = bytes[start]!;
  if (first === 0x2d ? length === 1 : first < 0x30 || first > 0x39) return false;
  if (first === 0x30) return length === 1;
  for (let i = 1; i < length; i++) {
    const byte = bytes[start + i]!;
    if (byte < 0x30 || byte > 0x39) return false;
  }
  if (first === 0x2d && bytes[start + 1] === 0x30) return false;
  if (length < 19) return true;
  const value = BigInt(bytes.latin1Slice(start, start + length));
  return value >= -(2n ** 63n) && value < 2n ** 63n;
}

/**
 * Grows by doubling up to a megabyte more, as Redis's strings do, and by an eighth from there: APPEND to a long value is not to
 * copy it each time, and what Redis has the system move here has to be copied. Room that is not written takes no memory.
 */
export function resizeBuffer(buffer: Buffer, length: number, keep: boolean): Buffer {
  const room = buffer.buffer.byteLength;
  if (length <= room && length * 4 > room) return Buffer.from(buffer.buffer, buffer.byteOffset, length);
  const bigger = Buffer.allocUnsafeSlow(keep ? length + Math.max(Math.min(length, 1 << 20), length >> 3) : length);
  if (keep) buffer.copy(bigger, 0, 0, Math.min(buffer.length, length));
  return bigger.subarray(0, length);
}

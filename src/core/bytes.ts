/** Keys and values of the library: text is UTF-8, bytes are taken as they are. */
export type Bytes = string | Uint8Array;

export function toBuffer(bytes: Bytes): Buffer {
  if (typeof bytes === 'string') return Buffer.from(bytes, 'utf8');
  if (Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A copy of a part, in memory of its own. */
export function copyOf(bytes: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start);
  if (copy.length < SHORT_COPY) for (let i = 0; i < copy.length; i++) copy[i] = bytes[start + i]!;
  else bytes.copy(copy, 0, start, end);
  return copy;
}

/** Below this a loop is faster than a call into the runtime. */
const SHORT_COPY = 48;

declare global {
  // Node's own fast paths for one-byte text (since Node 0.11); toString and write check their arguments first.
  interface Buffer {
    latin1Slice(start?: number, end?: number): string;
    latin1Write(text: string, offset?: number, length?: number): number;
    utf8Write(text: string, offset?: number, length?: number): number;
  }
}

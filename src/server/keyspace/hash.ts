import { Area } from '../../resp/area.js';

/**
 * HalfSipHash-1-3 with a seed, 32 bits and a sign: a client that does not know the seed cannot choose keys that all fall
 * into one bucket, which simpler seeded hashes allow.
 */
export function hashBytes(bytes: DataView, start: number, length: number, seed: number): number {
  let v0 = seed | 0;
  let v1 = Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995;
  let v2 = 0x6c796765 ^ v0;
  let v3 = 0x74656462 ^ v1;
  const tailAt = start + (length & ~3);
  for (let at = start; at < tailAt; at += 4) {
    const block = bytes.getInt32(at, true);
    v3 ^= block;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= block;
  }
  let last = length << 24;
  for (let at = start + length - 1; at >= tailAt; at--) last |= bytes.getUint8(at) << ((at - tailAt) * 8);
  v3 ^= last;
  // One round for the last block, three to finish; written out above, since a function of four results costs.
  for (let round = 0; round < 4; round++) {
    if (round === 1) {
      v0 ^= last;
      v2 ^= 0xff;
    }
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
  }
  return v1 ^ v3;
}

/** The same hash for the same bytes told as a byte string. */
export function hashText(text: string, seed: number): number {
  const { length } = text;
  if (length > SCRATCH.byteLength) return hashBytes(new Area(Buffer.from(text, 'latin1')).view, 0, length, seed);
  for (let i = 0; i < length; i++) SCRATCH.setUint8(i, text.charCodeAt(i));
  return hashBytes(SCRATCH, 0, length, seed);
}

const SCRATCH = new DataView(new ArrayBuffer(128));

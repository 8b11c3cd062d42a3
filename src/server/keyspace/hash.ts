/**
 * A seeded hash of bytes (murmur3's mixing, 32 bits): the seed keeps a client from choosing keys that all
 * fall into one bucket.
 */
export function hashBytes(bytes: Uint8Array, start: number, length: number, seed: number): number {
  let hash = seed ^ length;
  let at = start;
  const blocks = start + (length & ~3);
  while (at < blocks) {
    hash = mix(hash, bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    at += 4;
  }
  let tail = 0;
  for (let i = start + length - 1; i >= at; i--) tail = (tail << 8) | bytes[i]!;
  return finish(hash, tail);
}

/** The same hash for the same bytes told as a byte string. */
export function hashText(text: string, seed: number): number {
  const { length } = text;
  let hash = seed ^ length;
  let at = 0;
  const blocks = length & ~3;
  while (at < blocks) {
    const low = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8);
    hash = mix(hash, low | (text.charCodeAt(at + 2) << 16) | (text.charCodeAt(at + 3) << 24));
    at += 4;
  }
  let tail = 0;
  for (let i = length - 1; i >= at; i--) tail = (tail << 8) | text.charCodeAt(i);
  return finish(hash, tail);
}

function mix(hash: number, block: number): number {
  let k = Math.imul(block, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  hash ^= Math.imul(k, 0x1b873593);
  hash = (hash << 13) | (hash >>> 19);
  return (Math.imul(hash, 5) + 0xe6546b64) | 0;
}

function finish(hash: number, tail: number): number {
  if (tail !== 0) {
    tail = Math.imul(tail, 0xcc9e2d51);
    tail = (tail << 15) | (tail >>> 17);
    hash ^= Math.imul(tail, 0x1b873593);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

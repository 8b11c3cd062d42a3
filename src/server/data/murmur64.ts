/**
 * MurmurHash64A (Austin Appleby, public domain) over bytes, in 32-bit halves: what HyperLogLogs are filled by.
 * The hash is left in `low` and `high`, so that hashing makes no object.
 */
export class Murmur64 {
  low = 0;
  high = 0;

  hash(bytes: Uint8Array, start: number, length: number, seed: number): void {
    this.seed(seed, length);
    const blocks = start + (length & ~7);
    for (let at = start; at < blocks; at += 8) this.block(word(bytes, at), word(bytes, at + 4));
    if (length & 7) this.tail(bytes, blocks, length & 7);
    this.low = (this.low ^ (this.high >>> 15)) >>> 0;
    this.multiply();
    this.low = (this.low ^ (this.high >>> 15)) >>> 0;
  }

  /** seed ^ (length * m) */
  private seed(seed: number, length: number): void {
    this.low = length >>> 0;
    this.high = 0;
    this.multiply();
    this.low = (this.low ^ seed) >>> 0;
  }

  private block(low: number, high: number): void {
    const { low: hashLow, high: hashHigh } = this;
    this.low = low;
    this.high = high;
    this.multiply();
    this.low = (this.low ^ (this.high >>> 15)) >>> 0;
    this.multiply();
    this.low = (this.low ^ hashLow) >>> 0;
    this.high = (this.high ^ hashHigh) >>> 0;
    this.multiply();
  }

  private tail(bytes: Uint8Array, at: number, length: number): void {
    let low = 0;
    let high = 0;
    for (let i = length - 1; i >= 4; i--) high = (high << 8) | bytes[at + i]!;
    for (let i = Math.min(length, 4) - 1; i >= 0; i--) low = (low << 8) | bytes[at + i]!;
    this.low = (this.low ^ low) >>> 0;
    this.high = (this.high ^ high) >>> 0;
    this.multiply();
  }

  /** By the constant m = 0xc6a4a7935bd1e995, modulo 2^64. */
  private multiply(): void {
    const { low, high } = this;
    const a0 = low & 0xffff;
    const a1 = low >>> 16;
    const p01 = a0 * M1;
    const p10 = a1 * M0;
    const middle = ((a0 * M0) >>> 16) + (p01 & 0xffff) + (p10 & 0xffff);
    const carry = a1 * M1 + (p01 >>> 16) + (p10 >>> 16) + (middle >>> 16);
    this.high = (carry + Math.imul(high, M_LOW) + Math.imul(low, M_HIGH)) >>> 0;
    this.low = Math.imul(low, M_LOW) >>> 0;
  }
}

const M_LOW = 0x5bd1e995;
const M_HIGH = 0xc6a4a793;
const M0 = M_LOW & 0xffff;
const M1 = M_LOW >>> 16;

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

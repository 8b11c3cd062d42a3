import { describe, expect, it } from 'vitest';
import { HyperLogLog } from '../../../src/server/data/hyperloglog.js';
import { Murmur64 } from '../../../src/server/data/murmur64.js';

/** MurmurHash64A as its author wrote it, with 64-bit integers. */
function murmur(bytes: Buffer, seed: bigint): bigint {
  const m = 0xc6a4a7935bd1e995n;
  const wrap = (value: bigint) => BigInt.asUintN(64, value);
  let hash = wrap(seed ^ wrap(BigInt(bytes.length) * m));
  let at = 0;
  for (; at + 8 <= bytes.length; at += 8) {
    let block = wrap(bytes.readBigUInt64LE(at) * m);
    block = wrap((block ^ (block >> 47n)) * m);
    hash = wrap((hash ^ block) * m);
  }
  if (at < bytes.length) {
    const tail = Buffer.concat([bytes.subarray(at), Buffer.alloc(8)]);
    hash = wrap((hash ^ tail.readBigUInt64LE(0)) * m);
  }
  hash = wrap((hash ^ (hash >> 47n)) * m);
  return hash ^ (hash >> 47n);
}

describe('MurmurHash64A', () => {
  it('is the same in 32-bit halves', () => {
    const hash = new Murmur64();
    const bytes = Buffer.from(Array.from({ length: 100 }, (_, i) => (i * 167 + 13) & 0xff));
    for (let length = 0; length < 60; length++) {
      hash.hash(bytes, 7, length, 0xadc83b19);
      const expected = murmur(bytes.subarray(7, 7 + length), 0xadc83b19n);
      expect((BigInt(hash.high) << 32n) | BigInt(hash.low)).toBe(expected);
    }
  });
});

describe('HyperLogLog', () => {
  function* numbers(to: number) {
    for (let n = 0; n < to; n++) {
      const bytes = Buffer.from(`element:${n}`);
      yield { bytes, start: 0, length: bytes.length };
    }
  }

  it.each([10, 1000, 100_000])('counts %i elements within its error, however it began', (count) => {
    const sparse = HyperLogLog.empty();
    const dense = HyperLogLog.empty();
    dense.toDense();
    sparse.add(numbers(count), 3000);
    dense.add(numbers(count), 0);
    expect(sparse.count()).toBe(dense.count());
    expect(Math.abs(sparse.count() - count)).toBeLessThan(count * 0.05);
    expect(sparse.registers()).toEqual(dense.registers());
  });

  it('refuses bytes that are no HyperLogLog', () => {
    const { bytes } = HyperLogLog.empty();
    expect(HyperLogLog.of(Buffer.from(bytes))).toBeDefined();
    for (const wrong of [Buffer.alloc(0), Buffer.from('HYLL'), Buffer.alloc(18), bytes.subarray(0, 15)]) {
      expect(HyperLogLog.of(wrong)).toBeUndefined();
    }
    expect(() => HyperLogLog.of(Buffer.concat([bytes, bytes]))!.count()).toThrow(/INVALIDOBJ/);
  });
});

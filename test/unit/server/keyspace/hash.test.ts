import { describe, expect, it } from 'vitest';
import { Area } from '../../../../src/resp/area.js';
import { hashBytes, hashText } from '../../../../src/server/keyspace/hash.js';

const texts = [
  '',
  'a',
  'ab',
  'abc',
  'abcd',
  'abcde',
  '\xff\x00\x80',
  'x'.repeat(127),
  'x'.repeat(128),
  'x'.repeat(1000),
];

describe('the hash of keys', () => {
  it.each(texts)('is the same for bytes anywhere and for the text %j', (text) => {
    const bytes = new Area(Buffer.from(`##${text}##`, 'latin1')).view;
    expect(hashBytes(bytes, 2, text.length, 42)).toBe(hashText(text, 42));
  });

  it('depends on the seed, the length and every byte', () => {
    const base = hashText('0123456789', 1);
    expect(hashText('0123456789', 2)).not.toBe(base);
    expect(hashText('0123456789\x00', 1)).not.toBe(base);
    for (let i = 0; i < 10; i++) {
      expect(hashText(`${'0123456789'.slice(0, i)}x${'0123456789'.slice(i + 1)}`, 1)).not.toBe(base);
    }
  });

  it('spreads keys that differ in a counter only', () => {
    const buckets = new Uint32Array(1024);
    for (let i = 0; i < 64 * 1024; i++) {
      const bucket = hashText(`user:${i}`, 7) & 1023;
      buckets[bucket] = buckets[bucket]! + 1;
    }
    expect(Math.max(...buckets)).toBeLessThan(64 * 1.7);
    expect(Math.min(...buckets)).toBeGreaterThan(64 * 0.4);
  });
});

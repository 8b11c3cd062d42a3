import { describe, expect, it } from 'vitest';
import { toBuffer } from '../../../src/core/bytes.js';
import { slotOf } from '../../../src/resp/key-slot.js';
import { KeySpace, prefixPattern } from '../../../src/stores/keys.js';

describe('the companion of a key', () => {
  it.each([
    ['', 'job', '{job}:f'],
    ['', 'a{tag}b', 'a{tag}b:f'],
    ['mail:', 'job', 'mail:{mail:job}:f'],
    ['mail{x}:', 'job', 'mail{x}:job:f'],
    ['', 'open{', '{open{}:f'],
    ['', 'a}b', undefined],
    ['', '{}a', undefined],
    ['p{', 'job', undefined],
  ])('under %j, of %j', (prefix, key, companion) => {
    const keys = new KeySpace(prefix);
    const found = keys.companion(key, ':f');
    expect(found?.toString()).toBe(companion);
    if (found !== undefined) expect(slotOf(found)).toBe(slotOf(toBuffer(keys.full(key))));
  });
});

describe('the pattern of a prefix', () => {
  it.each([
    ['user:', 'user:*'],
    ['a*?[b]\\^-', 'a\\*\\?\\[b\\]\\\\^-*'],
    ['', '*'],
  ])('%j', (prefix, pattern) => {
    expect(prefixPattern(prefix).toString()).toBe(pattern);
  });

  it('keeps bytes that are no text', () => {
    expect(prefixPattern(Buffer.of(0xff, 0x00))).toEqual(Buffer.of(0xff, 0x00, 0x2a));
  });
});

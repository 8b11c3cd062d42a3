import { describe, expect, it } from 'vitest';
import { escapeGlob, globMatches } from '../../../src/core/glob.js';

/** Pattern, text, whether they match: what redis-server 7.0.15 answers to KEYS. */
const cases: readonly (readonly [string, string, boolean])[] = [
  ['', '', true],
  ['', 'a', false],
  ['*', '', false],
  ['*', 'anything', true],
  ['**', 'a', true],
  ['**', '', false],
  ['a**', 'a', true],
  ['a*', 'a', true],
  ['*a', 'ba', true],
  ['a*b*c', 'axxbxxc', true],
  ['a*b*c', 'axxcxxb', false],
  ['?', '', false],
  ['?', 'a', true],
  ['a?c', 'abc', true],
  ['h[ae]llo', 'hello', true],
  ['h[ae]llo', 'hillo', false],
  ['h[^e]llo', 'hallo', true],
  ['h[^e]llo', 'hello', false],
  ['h[a-c]llo', 'hbllo', true],
  ['h[c-a]llo', 'hbllo', true],
  ['h[a-c]llo', 'hdllo', false],
  ['\\*', '*', true],
  ['\\*', 'a', false],
  ['\\', '\\', true],
  ['a\\', 'a\\', true],
  ['[\\]]', ']', true],
  ['[\\-]', '-', true],
  ['[\\a-c]', 'b', false],
  ['[', '[', false],
  ['[', '', false],
  ['[a', 'a', true],
  ['[a', 'b', false],
  ['[]', 'a', false],
  ['[^]', 'a', true],
  ['[^', 'a', true],
  ['[a-', 'a', true],
  ['[a-', '-', true],
  ['x[a-', 'x-', true],
  ['[a-]', '-', false],
  ['[a-]]', 'b]', false],
  ['[!a]', '!', true],
  ['[!a]', 'b', false],
  ['a]', 'a]', true],
  ['*[', 'x[', false],
];

describe('glob patterns', () => {
  it.each(cases)('%j on %j is %s', (pattern, text, matches) => {
    expect(globMatches(pattern, text)).toBe(matches);
  });

  it('ignores case only when asked', () => {
    expect(globMatches('A[B-C]', 'ac')).toBe(false);
    expect(globMatches('A[B-C]', 'ac', true)).toBe(true);
  });

  it('matches an escaped text and nothing else', () => {
    for (const text of ['a*b', '[x]', 'back\\slash', '?', '^-', 'plain']) {
      expect(globMatches(escapeGlob(text), text)).toBe(true);
      expect(globMatches(escapeGlob(text), `${text}x`)).toBe(false);
      expect(globMatches(escapeGlob(text), text.replace(/./s, 'z'))).toBe(false);
    }
  });

  it('gives up on hopeless patterns in time', () => {
    expect(globMatches(`${'a*'.repeat(50)}b`, 'a'.repeat(5000))).toBe(false);
  });
});

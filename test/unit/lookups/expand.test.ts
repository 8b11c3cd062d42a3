import { describe, expect, test } from 'vitest';
import type { Expansion } from '../../../src/config/model.js';
import { expandKey } from '../../../src/lookups/expand.js';

const ALL: Expansion[] = ['full', 'no-extension', 'domain', 'local-part', 'parent-domains'];

function forms(key: string, expansions: readonly Expansion[], delimiters = '+'): string[] {
  return expandKey(Buffer.from(key), expansions, delimiters).map((form) => form.key.toString());
}

describe('the forms of a key, in order and each once', () => {
  test.each([
    ['user+x@a.b.c', ['user+x@a.b.c', 'user@a.b.c', '@a.b.c', 'user', '.b.c', '.c']],
    ['user@d', ['user@d', '@d', 'user']],
    ['user+@d', ['user+@d', 'user@d', '@d', 'user']],
    ['+x@d', ['+x@d', '@d', '+x']],
    ['user+x+y@d', ['user+x+y@d', 'user@d', '@d', 'user']],
    ['user+x', ['user+x', 'user']],
    ['example.org', ['example.org', '.org']],
    ['.example.org', ['.example.org', '.org']],
    ['@d.org', ['@d.org', '.org']],
    ['user@', ['user@', 'user']],
    ['', ['']],
    ['*', ['*']],
    ['"a b"@d', ['"a b"@d', '@d', 'a b']],
    ['"a b+x"@d', ['"a b+x"@d', '"a b"@d', '@d', 'a b']],
    ['"user+x"@d', ['"user+x"@d', 'user@d', '@d', 'user']],
    ['"a@b"@d', ['"a@b"@d', '@d', 'a@b']],
    [String.raw`"a\"b+x"@d`, [String.raw`"a\"b+x"@d`, String.raw`"a\"b"@d`, '@d', 'a"b']],
    ['Postmaster+x@d', ['Postmaster+x@d', 'Postmaster@d', '@d', 'Postmaster']],
  ])('%s', (key, expected) => {
    expect(forms(key, ALL)).toEqual(expected);
  });

  test.each([
    ['a-b+c@d', '+-', ['a@d']],
    ['a+b@d', '', []],
    ['owner-list@d', '-', []],
    ['list-request@d', '-', []],
    ['mailer-daemon@d', '-', []],
    ['list-members@d', '-', ['list@d']],
  ])('the extension of %s after one of "%s"', (key, delimiters, expected) => {
    expect(forms(key, ['no-extension'], delimiters)).toEqual(expected);
  });

  test("the order is the configuration's", () => {
    expect(forms('user+x@d', ['domain', 'full'])).toEqual(['@d', 'user+x@d']);
  });

  test('bytes that are no text stay as they are', () => {
    const key = Buffer.from([0xff, 0x2b, 0xfe, 0x40, 0xfd]);
    expect(expandKey(key, ['no-extension', 'domain'], '+').map((form) => [...form.key])).toEqual([
      [0xff, 0x40, 0xfd],
      [0x40, 0xfd],
    ]);
  });

  test('a domain no DNS name can be has no parents: a long key cannot become thousands of keys', () => {
    expect(forms('a.'.repeat(128), ['parent-domains'])).toEqual([]);
    expect(forms('a.'.repeat(100), ['parent-domains'])).toHaveLength(100);
  });
});

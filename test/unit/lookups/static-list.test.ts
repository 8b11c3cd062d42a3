import { describe, expect, test } from 'vitest';
import { StaticList } from '../../../src/lookups/static-list.js';

async function find(entries: Readonly<Record<string, string>>, key: string | Buffer): Promise<string | null> {
  const list = new StaticList('list', new Map(Object.entries(entries)));
  const [outcome] = await list.lookup([{ key: Buffer.from(key) }]);
  return outcome?.kind === 'found' ? outcome.value.toString() : null;
}

describe('static lists', () => {
  test.each([
    ['an exact key', { 'a@b': '1' }, 'a@b', '1'],
    ['nothing', { 'a@b': '1' }, 'a@c', null],
    ['case counts', { 'a@b': '1' }, 'A@b', null],
    ['an exact key before a glob', { 'a*': 'glob', abc: 'exact' }, 'abc', 'exact'],
    ['the first glob in sorted order', { 'b*': '2', 'a*': '1', '*': '0' }, 'abc', '0'],
    ['sorted by bytes', { 'é*': 'last', '?bc': 'second', '*bc': 'first' }, 'ébc', 'first'],
    ['a star takes nothing too', { 'a*': '1' }, 'a', '1'],
    ['a star in the middle', { '*@*.example.org': '1' }, 'x@a.example.org', '1'],
    ['several stars', { 'a*b*c': '1' }, 'a-b-b-c', '1'],
    ['several stars that do not fit', { 'a*b*c': '1' }, 'a-c-b', null],
    ['a question mark is one character', { 'a?c': '1' }, 'aüc', '1'],
    ['also beyond the basic plane', { 'a?c': '1' }, 'a😀c', '1'],
    ['and never none', { 'a?c': '1' }, 'ac', null],
    ['an escaped star is a star', { 'a\\*c': '1' }, 'a*c', '1'],
    ['and no glob', { 'a\\*c': '1' }, 'abc', null],
    ['escapes inside a glob', { '\\**': '1' }, '*x', '1'],
    ['escapes inside a glob do not match others', { '\\**': '1' }, 'yx', null],
    ['an escaped backslash', { 'a\\\\c': '1' }, 'a\\c', '1'],
    ['a dot is a dot', { 'a.c*': '1' }, 'abc', null],
    ['a newline is a character', { 'a*c': '1' }, 'a\nc', '1'],
    ['the empty key', { '': 'empty' }, '', 'empty'],
  ])('%s', async (_, entries, key, expected) => {
    expect(await find(entries as unknown as Record<string, string>, key)).toBe(expected);
  });

  test('a key that is not UTF-8 is no exact key, but a star takes it', async () => {
    expect(await find({ '\ufffd': 'exact' }, Buffer.from([0xff]))).toBeNull();
    expect(await find({ '*': 'any' }, Buffer.from([0xff]))).toBe('any');
  });

  test('a pattern full of stars is matched in time', async () => {
    expect(await find({ [`${'a*'.repeat(500)}b`]: '1' }, 'a'.repeat(5_000))).toBeNull();
  });
});

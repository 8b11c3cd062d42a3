import { describe, expect, it } from 'vitest';
import { ListRefused } from '../../../../src/lookups/lists/load-list.js';
import { answerOf, load, noticesOf } from './loaded.js';

describe('a Postfix text', () => {
  const TEXT = [
    '# comment',
    'plain@example.com  one two ',
    '  three',
    '# inside',
    '',
    '\tfour',
    'Upper@Example.COM Value',
    '"a b"@example.org quoted',
    'a\\ b escaped',
    '\u00e0 f\u00e0',
    'key: colon\r',
  ].join('\n');

  it.each([
    ['plain@example.com', 'one two   three\tfour'],
    ['upper@example.com', 'Value'],
    ['UPPER@example.com', 'Value'],
    ['"a b"@example.org', 'quoted'],
    ['a b@example.org', null],
    ['a\\ b', 'escaped'],
    ['\u00e0', 'f\u00e0'],
    ['key:', 'colon'],
    ['#', null],
    ['', null],
  ])('%s is %s', async (key, value) => {
    expect(answerOf(await load(TEXT, { format: 'postfix' }), key)).toBe(value);
  });

  it('keeps bytes that are no UTF-8', async () => {
    const key = Buffer.from([0x61, 0xff, 0xa0]);
    const reading = await load(Buffer.concat([key, Buffer.from(' v\n')]), { format: 'postfix' });
    expect(answerOf(reading, key)).toBe('v');
  });

  it('tells keys by their case only when told to', async () => {
    const reading = await load('Key v\n', { format: 'postfix', foldCase: false });
    expect([answerOf(reading, 'Key'), answerOf(reading, 'key')]).toEqual(['v', null]);
  });

  it.each([
    [' starts\n', '1:1 error a line that starts with a space continues the one before'],
    ['a 1\n"open v\n', '2:1 error a quote is not closed'],
    ['a 1\nnovalue\nb 2', '2:8 error expected a key, white space and a value'],
    ['a 1\na 2\n', '2:1 warning the key stood there before: that one is found'],
    [`a ${'x'.repeat(512)}\n`, '1:1 error the entry has more than 512 bytes'],
  ])('%j: %s', async (text, notice) => {
    expect(noticesOf(await load(text, { format: 'postfix' }))).toEqual([notice]);
  });

  it('has the first value of a key that stands there twice', async () => {
    expect(answerOf(await load('a 1\na 2\n', { format: 'postfix' }), 'a')).toBe('1');
  });
});

describe('a CSV', () => {
  it.each([
    ['a,1\nb,2\n', { valueColumn: 1 }, { a: '1', b: '2' }],
    ['a,1\nb,2\n', {}, { a: '1', b: '1', '1': null }],
    ['id;key;value\n7;a;x\n', { keyColumn: 1, valueColumn: 2, separator: ';', skipFirst: true }, { a: 'x', key: null }],
    ['"a,b","say ""hi"""\n', { valueColumn: 1 }, { 'a,b': 'say "hi"' }],
    ['"a\\"b","c\\\\d\\e"\n', { valueColumn: 1 }, { 'a"b': 'c\\d\\e' }],
    ['a,"two\nlines"\nb,2\n', { valueColumn: 1 }, { a: 'two\nlines', b: '2' }],
    ['a,\n,x\n\nb,2\r\n', { valueColumn: 1 }, { a: '1', '': null, b: '2' }],
    ['a,1\na,2\n', { valueColumn: 1 }, { a: '2' }],
    ['\ufeffa,1\n', { valueColumn: 1 }, { a: '1' }],
  ])('%j with %j', async (text, shape, expected) => {
    const reading = await load(text, { format: 'csv', ...shape });
    expect(noticesOf(reading)).toEqual([]);
    for (const [key, value] of Object.entries(expected)) expect(answerOf(reading, key)).toBe(value);
  });

  it.each([
    ['a,1\nb\n', '2:1 error there is no column 1: the row has 1'],
    ['a,1\nb,"open\nc,3\n', '2:3 error a quote is not closed'],
    [`a,"${'\n'.repeat(1_048_577)}`, '1:3 error the row is too long, or a quote is not closed'],
  ])('%.20j: %s', async (text, notice) => {
    const limits = { size: 10_000_000, entries: 10, entrySize: 512 };
    expect(noticesOf(await load(text, { format: 'csv', valueColumn: 1, limits }))[0]).toEqual(notice);
  });
});

describe('a list', () => {
  it('has a key per line', async () => {
    const reading = await load('# c\n Example.COM \r\n\nb c\n', { format: 'list' });
    expect(reading.list.entries).toBe(2);
    expect(['example.com', 'b c', 'b', '# c'].map((key) => answerOf(reading, key))).toEqual(['1', '1', null, null]);
  });
});

describe('limits', () => {
  const limits = { size: 1_000, entries: 2, entrySize: 512 };

  it.each([
    ['a\nb\nc\n', 'it has more than 2 entries'],
    ['x'.repeat(1_001), 'it has more than 1000 bytes'],
  ])('%.10j', async (text, message) => {
    await expect(load(text, { limits })).rejects.toThrow(new ListRefused(message));
  });

  it('hold to the entry', async () => {
    expect((await load('a\nb\na\n', { limits })).list.entries).toBe(2);
  });

  it('tells of so many lines, errors first', async () => {
    const reading = await load(`a 1\na 2\n${'wrong\n'.repeat(50)}`, { format: 'postfix' });
    expect(reading.errors).toBe(50);
    expect(reading.notices).toHaveLength(20);
    expect(reading.notices.every(({ severity }) => severity === 'error')).toBe(true);
  });
});

it('lets others run while it reads', async () => {
  const text = Array.from({ length: 100_000 }, (_, i) => `key${i}@example.com value ${i}`).join('\n');
  let turns = 0;
  const count = () => {
    turns++;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  const reading = await load(text, { format: 'postfix', limits: { size: 1e9, entries: 1e6, entrySize: 512 } });
  clearImmediate(timer);
  expect(turns).toBeGreaterThan(1);
  expect(reading.list.entries).toBe(100_000);
  expect(answerOf(reading, 'KEY99999@example.com')).toBe('value 99999');
  expect(reading.list.byteLength).toBeLessThan(100_000 * 64);
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Postfix writes groups so
import { describe, expect, it } from 'vitest';
import { answerOf, load, noticesOf } from './loaded.js';

const regexp = (text: string) => load(text, { format: 'regexp' });

describe('a table of patterns', () => {
  it.each<[string, Record<string, string | null>]>([
    ['/^(a)(b)?c@/ 1=$1 2=[$2] $$ ${1}x $(1)y', { 'abc@': '1=a 2=[b] $ ax ay', 'ac@': '1=a 2=[] $ ax ay', 'c@': null }],
    ['/spam/ first\n/spam@/ second', { 'spam@x': 'first' }],
    ['/x/ any', { X: 'any' }],
    ['/x/i lower', { x: 'lower', X: null }],
    ['/^a.b$/s dot', { axb: 'dot', 'a\nb': null }],
    ['/^b$/m lines', { 'a\nb': 'lines' }],
    ['/a/A start', { ab: 'start', ba: null }],
    ['/(a+)/U $1', { aaa: 'a' }],
    ['/^(a+)/EX $1', { aaa: 'aaa' }],
    ['!/@example\\.com$/ elsewhere', { 'a@example.org': 'elsewhere', 'a@example.com': null }],
    ['~a/b~ slash', { 'a/b': 'slash' }],
    ['/q\\/r/ escaped', { 'q/r': 'escaped' }],
    ['/a b/ space', { 'a b': 'space' }],
    ['/\u00e4+/ umlaut $$', { '\u00e4\u00e4': 'umlaut $', '\u00c4': 'umlaut $' }],
    ['/([[:alnum:]]+)@/ <$1>', { 'user@x': '<user>' }],
    ['if /^x/\n!/y$/ not y\n/y$/ y\nendif\n/./ rest', { xa: 'not y', xy: 'y', z: 'rest' }],
    [
      'if !/^owner-/\n/^(.*)-outgoing@(.*)$/ 550 Use ${1}@${2}\nendif',
      { 'a-outgoing@b': '550 Use a@b', 'owner-a-outgoing@b': null },
    ],
    ['IF /a/\n/b/ both\nENDIF', { ab: 'both', b: null }],
  ])('%j', async (text, expected) => {
    const reading = await regexp(text);
    expect(noticesOf(reading)).toEqual([]);
    for (const [key, value] of Object.entries(expected)) expect(answerOf(reading, key)).toBe(value);
  });

  it('fills in bytes that are no UTF-8 as they are', async () => {
    const outcome = (await regexp('/^(.*)@/ $1')).list.find(Buffer.from([0xff, 0x40]));
    expect(outcome).toEqual({ kind: 'found', value: Buffer.from([0xff]) });
  });

  it.each([
    ['/a', '1:1 error the pattern is not closed by /'],
    ['abc x', '1:1 error expected a pattern between delimiters, as in /…/'],
    ['/a/z x', '1:4 error unknown flag "z"'],
    ['/a/ix x', '1:5 error the flag "x" is not available: RE2 reads extended patterns only'],
    ['/a(/ x', '1:2 error no regular expression: missing closing ): `a(`'],
    ['/(?=a)/ x', '1:2 error no regular expression: invalid or unsupported Perl syntax: `(?=`'],
    ['/(a)\\1/ x', '1:2 error no regular expression: invalid escape sequence: `\\1`'],
    ['/a/ x$1', '1:5 error there is no group 1: the pattern has 0'],
    ['/(a)/ x$2', '1:7 error there is no group 2: the pattern has 1'],
    ['/(a)/ x$0', '1:7 error there is no group 0: the pattern has 1'],
    ['!/(a)/ x$1', '1:8 error there is no group 1: the pattern has 0'],
    ['/a/ $x', '1:5 error "$" stands before the number of a group; a dollar sign is "$$"'],
    ['/a/', '1:4 error the rule has no result'],
    [`/${'a'.repeat(2_049)}/ x`, '1:1 error the pattern has more than 2048 bytes'],
    ['/((a{100}){100}){100}/ x', '1:2 error no regular expression: invalid repeat count: `{100}`'],
  ])('%.30j: %s', async (text, notice) => {
    expect(noticesOf(await regexp(text))).toEqual([notice]);
  });

  it('takes so many patterns', async () => {
    const reading = await regexp('/a/ x\n'.repeat(10_001));
    expect(noticesOf(reading)).toEqual(['10001:1 error more than 10000 patterns']);
  });

  it('does not match keys that no mail server sends', async () => {
    expect(answerOf(await regexp('/a/ x'), 'a'.repeat(4_097))).toMatchObject({ kind: 'permanent' });
  });

  it('answers at once where backtracking would take years', async () => {
    const reading = await regexp('/^(a+)+$/ x\n/(x+x+)+y/ z');
    expect(answerOf(reading, `${'a'.repeat(4_000)}!`)).toBe(null);
    expect(answerOf(reading, 'x'.repeat(4_000))).toBe(null);
  });
});

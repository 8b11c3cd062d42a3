import { describe, expect, it } from 'vitest';
import { replyForJson, replyForPeople, replyForPrograms } from '../../../src/cli/reply-text.js';
import { Double, type Reply, ReplyError, VerbatimText } from '../../../src/resp/reply.js';

const text = (value: string) => Buffer.from(value);
const lines = (...of: readonly string[]) => of.join('\n');
const ten = Array.from({ length: 10 }, (_, i) => i);

/** What redis-cli 7.0 prints for the same replies, on a terminal and with --raw. */
describe('a reply', () => {
  it.each<[string, Reply, string, string, unknown]>([
    ['null', null, '(nil)', '\n', null],
    ['simple string', 'OK', 'OK', 'OK\n', 'OK'],
    ['bulk string', text('a "b"'), '"a \\"b\\""', 'a "b"\n', 'a "b"'],
    ['integer', 5, '(integer) 5', '5\n', 5],
    ['large integer', 2n ** 60n, '(integer) 1152921504606846976', '1152921504606846976\n', 2n ** 60n],
    ['boolean', true, '(true)', 'true\n', true],
    ['double', new Double(1.5), '(double) 1.5', '1.5\n', 1.5],
    ['infinity', new Double(-Infinity), '(double) -inf', '-inf\n', '-inf'],
    ['verbatim text', new VerbatimText('txt', 'a\nb'), 'a\nb', 'a\nb\n', 'a\nb'],
    ['error', new ReplyError('ERR no'), '(error) ERR no', 'ERR no\n', { error: 'ERR no' }],
    ['empty array', [], '(empty array)', '', []],
    ['empty set', new Set<Reply>(), '(empty set)', '', []],
    ['empty map', new Map<Reply, Reply>(), '(empty hash)', '', {}],
    ['array', [text('a'), 1, null], '1) "a"\n2) (integer) 1\n3) (nil)', 'a\n1\n\n', ['a', 1, null]],
    ['set', new Set<Reply>([text('a')]), '1~ "a"', 'a\n', ['a']],
    ['map', new Map<Reply, Reply>([[text('k'), text('v')]]), '1# "k" => "v"', 'k\nv\n', { k: 'v' }],
    ['map with other keys', new Map<Reply, Reply>([[1, 2]]), '1# (integer) 1 => (integer) 2', '1\n2\n', [[1, 2]]],
    [
      'arrays in arrays',
      [[1, [2]], 3],
      lines('1) 1) (integer) 1', '   2) 1) (integer) 2', '2) (integer) 3'),
      '1\n2\n3\n',
      [[1, [2]], 3],
    ],
    [
      'ten elements',
      ten,
      ten.map((i) => `${String(i + 1).padStart(2)}) (integer) ${i}`).join('\n'),
      lines(...ten.map(String), ''),
      ten,
    ],
  ])('%s', (_, reply, people, programs, json) => {
    expect(replyForPeople(reply)).toBe(people);
    expect(replyForPrograms(reply).toString()).toBe(programs);
    expect(replyForJson(reply)).toEqual(json);
  });

  it('keeps bytes that are no text', () => {
    const bytes = Buffer.from([0x61, 0xff]);
    expect(replyForPrograms([bytes])).toEqual(Buffer.from([0x61, 0xff, 0x0a]));
    expect(replyForJson([bytes])).toEqual([{ base64: 'Yf8=' }]);
  });
});

import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { ListFormat } from '../../src/config/model.js';
import { temporaryFolder } from '../harness/folder.js';
import { Postmap } from '../harness/postmap.js';
import { requireProgram } from '../harness/programs.js';
import { answerOf, load } from '../unit/lookups/lists/loaded.js';

/** The same table and the same keys, asked of Postfix and of ours. Postfix goes on past lines that are wrong; so here. */
interface Table {
  readonly type: string;
  readonly format: ListFormat;
  readonly text: string;
  readonly keys: readonly string[];
}

const TABLES: readonly Table[] = [
  {
    type: 'texthash',
    format: 'postfix',
    text: [
      '# comment',
      'Plain@Example.com  one two  ',
      '  three',
      '# inside',
      '',
      '\tfour',
      '"a b"@x.org v1',
      '"a b" v2',
      '"q\\"x" v3',
      'a\\ b v4',
      'k"in q"x v5',
      'back\\\\slash v6',
      '"open v7',
      'novalue',
      'key: v8',
      'dup 1',
      'dup 2',
      'tab\tv9',
      'cr v10\r',
      'end\\',
      'last v11',
    ].join('\n'),
    keys: [
      ...[
        'plain@example.com',
        'PLAIN@example.com',
        '"a b"@x.org',
        'a b@x.org',
        '"a b"',
        'a b',
        '"q\\"x"',
        'a\\ b',
        'a\\',
      ],
      ...['k"in q"x', 'back\\\\slash', '"open', 'open', 'novalue', 'key:', 'key', 'dup', 'tab', 'cr', 'end\\', 'last'],
    ],
  },
  {
    type: 'cidr',
    format: 'cidr',
    text: [
      '1.2.3.4 exact',
      '1.2.3.0/24 net',
      '1.2.3.5 never',
      '10.0.0.1/8 wrong',
      'if 172.16.0.0/12',
      '172.16.1.0/24 inner',
      '!172.16.0.0/16 other',
      '::/0 never',
      'endif',
      'if !::/0',
      '192.0.2.0/24 never',
      'endif',
      'if !198.51.100.0/24',
      '192.0.2.0/24 four',
      'endif',
      '[2001:db8::]/32 six',
      '::ffff:1.2.3.4 mapped',
      '01.2.3.4 octal',
      'foo bar',
      '255.255.255.255 last',
      '9.9.9.9',
    ].join('\n'),
    keys: [
      ...['1.2.3.4', '1.2.3.5', '1.2.4.0', '10.0.0.1', '172.16.1.7', '172.16.2.7', '172.17.0.1', '172.32.0.1'],
      ...['192.0.2.9', '2001:db8::1', '2001:DB8:0:0:0:0:0:9', '2001:db9::', '::ffff:1.2.3.4', '::1', '255.255.255.255'],
      ...['9.9.9.9', 'foo', '01.2.3.4'],
    ],
  },
  {
    type: 'regexp',
    format: 'regexp',
    text: [
      '/^(a)(b)?c@/ g1=$1 g2=[$2] $$ $' + '{1}x $(1)y',
      'if /^x/',
      '!/y$/ noy',
      '/y$/ y',
      'endif',
      '/^CASE$/i case',
      '/q\\/r/ slash',
      '/unclosed(/ bad',
      '/nodelim bad',
      '/$3/ ref$3',
      '~tilde~ t',
      '  cont',
      '/([[:alnum:]]+)@([^@]*)\\.example\\.com/ $2+$1',
      'if !/keep/',
      '/drop/ DROP',
      'endif',
      '/with space/ spaced out',
      '/z{2,3}$/ zz',
    ].join('\n'),
    keys: [
      ...[
        'abc@',
        'ac@',
        'xa',
        'xy',
        'xY',
        'CASE',
        'case',
        'q/r',
        'tilde',
        'user@mail.example.com',
        'drop',
        'keep drop',
      ],
      ...['with space', 'z', 'zz', 'zzzz', 'nothing'],
    ],
  },
];

describe.skipIf(!requireProgram('postfix'))('the lists of Postfix', () => {
  const folder = temporaryFolder();
  const postmap = new Postmap();

  afterAll(() => {
    postmap.remove();
    folder[Symbol.dispose]();
  });

  test.each(TABLES)('$type', async ({ type, format, text, keys }) => {
    writeFileSync(folder.file(type), text);
    const reading = await load(text, { format });
    const theirs = await Promise.all(keys.map((key) => postmap.query(`${type}:${folder.file(type)}`, key)));
    const answers = theirs.map(({ status, stdout }) => (status === 0 ? stdout.replace(/\n$/, '') : null));
    expect(Object.fromEntries(keys.map((key) => [key, answerOf(reading, key)]))).toEqual(
      Object.fromEntries(keys.map((key, i) => [key, answers[i]])),
    );
    expect(answers.filter((answer) => answer !== null).length).toBeGreaterThan(5);
  });
});

import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../harness/folder.js';
import { intset, listpack, stream, streamNode, text } from '../../../harness/payloads.js';
import { requireProgram } from '../../../harness/programs.js';
import { type RedisServer, startRedis } from '../../../harness/redis.js';
import {
  compressed,
  double,
  file,
  int32,
  int64,
  newGroup,
  oldStream,
  open,
  plain,
  plainly,
  record,
  short,
  textScore,
  wideIntset,
  ziplist,
  zipmap,
} from './old-file-forms.js';

/**
 * RDB files as every version of Redis since 2.4 wrote them, made byte by byte. Our server loads them, and what is in them
 * is there; where Redis 7.0 knows them too, its data is the same.
 */

/** The last second that 32 bits with a sign can say. */
const EXPIRY = 2 ** 31 - 1;

interface OldFile {
  readonly name: string;
  readonly version: number;
  readonly records: readonly Buffer[];
  /** What commands answer: several lines of words. */
  readonly holds: Readonly<Record<string, unknown>>;
}

const LONG = 'long '.repeat(60);

/** The values, by their types' numbers; `since`: the version of RDB files that had the type first. */
const VALUES: readonly (readonly [
  what: string,
  since: number,
  type: number,
  value: Buffer,
  holds: OldFile['holds'],
])[] = [
  [
    'a hash as a zipmap',
    2,
    9,
    text(
      zipmap([
        ['a', '1'],
        ['b', 'two'],
        ['c', 'x'.repeat(254)],
      ]),
    ),
    { 'HGETALL key': ['a', '1', 'b', 'two', 'c', 'x'.repeat(254)] },
  ],
  [
    'a list as a ziplist',
    2,
    10,
    text(ziplist(['a', 0, 12, -5, 300, -70_000, 9_000_000, 2 ** 40, LONG, 'z'])),
    {
      'LRANGE key 0 -1': ['a', '0', '12', '-5', '300', '-70000', '9000000', String(2 ** 40), LONG, 'z'],
    },
  ],
  ['a set as an intset', 2, 11, text(intset([-300, 1, 2, 700])), { 'SORT key': ['-300', '1', '2', '700'] }],
  [
    'a set as an intset of 8 bytes',
    2,
    11,
    text(wideIntset([-(2n ** 40n), 5n, 2n ** 62n])),
    { 'SORT key': [String(-(2 ** 40)), '5', String(2n ** 62n)] },
  ],
  [
    'a sorted set as a ziplist',
    2,
    12,
    text(ziplist(['low', -2, 'one', 1, 'half', '1.5', 'far', 'inf'])),
    { 'ZRANGE key 0 -1 WITHSCORES': ['low', '-2', 'one', '1', 'half', '1.5', 'far', 'inf'] },
  ],
  [
    'a hash as a ziplist',
    4,
    13,
    text(ziplist(['a', 1, 'b', 'two', 'c', -1])),
    { 'HGETALL key': ['a', '1', 'b', 'two', 'c', '-1'] },
  ],
  [
    'a list of ziplists',
    7,
    14,
    Buffer.concat([Buffer.from([2]), text(ziplist(['a', 1, LONG])), text(ziplist([-1, 'z']))]),
    { 'LRANGE key 0 -1': ['a', '1', LONG, '-1', 'z'] },
  ],
  [
    'a stream of Redis 5',
    9,
    15,
    oldStream(),
    {
      'XRANGE key - +': [
        ['10-0', ['f', 'x']],
        ['11-0', ['f', 'y']],
      ],
      'XPENDING key g': [1, '10-0', '10-0', [['c', '1']]],
    },
  ],
  ['a hash as a listpack', 10, 16, text(listpack(['a', 1, 'b', 'two'])), { 'HGETALL key': ['a', '1', 'b', 'two'] }],
  [
    'a sorted set as a listpack',
    10,
    17,
    text(listpack(['one', 1, 'two', 2])),
    { 'ZRANGE key 0 -1 WITHSCORES': ['one', '1', 'two', '2'] },
  ],
  [
    'a list of listpacks, and of one long element',
    10,
    18,
    Buffer.concat([
      Buffer.from([3, 2]),
      text(listpack(['a', 1])),
      Buffer.from([1]),
      text(Buffer.from(LONG)),
      Buffer.from([2]),
      text(listpack(['z'])),
    ]),
    { 'LRANGE key 0 -1': ['a', '1', LONG, 'z'] },
  ],
  [
    'a stream of Redis 7.0',
    10,
    19,
    stream(
      streamNode([
        [0, 'x'],
        [1, 'y'],
      ]),
    ),
    {
      'XRANGE key - +': [
        ['10-0', ['f', 'x']],
        ['11-0', ['f', 'y']],
      ],
    },
  ],
  ['a set as a listpack', 11, 20, text(listpack(['a', 'b', 7])), { 'SORT key ALPHA': ['7', 'a', 'b'] }],
  [
    'a stream of Redis 7.2',
    11,
    21,
    stream(
      streamNode([
        [0, 'x'],
        [1, 'y'],
      ]),
      { groups: newGroup() },
    ),
    {
      'XRANGE key - +': [
        ['10-0', ['f', 'x']],
        ['11-0', ['f', 'y']],
      ],
      'XPENDING key g': [1, '10-0', '10-0', [['c', '1']]],
    },
  ],
  ['a list, element by element', 1, 1, plain(['a', '', LONG]), { 'LRANGE key 0 -1': ['a', '', LONG] }],
  ['a set, member by member', 1, 2, plain(['b', 'a']), { 'SORT key ALPHA': ['a', 'b'] }],
  [
    'a sorted set with scores as text',
    1,
    3,
    Buffer.concat([
      Buffer.from([4]),
      ...[
        ['a', '1.5'],
        ['b', '-2'],
      ].flatMap(([member, score]) => [short(member!), textScore(score!)]),
      short('high'),
      Buffer.from([254]),
      short('low'),
      Buffer.from([255]),
    ]),
    { 'ZRANGE key 0 -1 WITHSCORES': ['low', '-inf', 'b', '-2', 'a', '1.5', 'high', 'inf'] },
  ],
  [
    'a hash, field by field',
    1,
    4,
    Buffer.concat([Buffer.from([1]), short('a'), short('1')]),
    { 'HGETALL key': ['a', '1'] },
  ],
  ['a text that is compressed', 1, 0, compressed(), { 'GET key': 'a'.repeat(12) }],
  ['an integer', 1, 0, Buffer.from([0xc1, 0x39, 0x30]), { 'GET key': '12345' }],
  [
    'a sorted set with scores as doubles',
    8,
    5,
    Buffer.concat([Buffer.from([1]), short('a'), double(0.5)]),
    { 'ZRANGE key 0 -1 WITHSCORES': ['a', '0.5'] },
  ],
];

const FILES: readonly OldFile[] = [
  ...VALUES.map(([name, version, type, value, holds]) => ({
    name: `${name} (version ${version}, type ${type})`,
    version,
    records: [record(type, value)],
    holds,
  })),
  ...Array.from({ length: 11 }, (_, i) => i + 1).map((version) => ({
    name: `a file of version ${version}, with all types it may have`,
    version,
    records: VALUES.filter(([, since]) => since <= version).map(([, , type, value], i) =>
      record(type, value, `key:${i}`),
    ),
    holds: { DBSIZE: VALUES.filter(([, since]) => since <= version).length },
  })),
  {
    name: 'times in seconds',
    version: 2,
    records: [
      Buffer.concat([Buffer.from([0xfd]), int32(EXPIRY), record(0, short('v'), 'later')]),
      Buffer.concat([Buffer.from([0xfd]), int32(1_000_000_000), record(0, short('v'), 'gone')]),
      record(0, short('v'), 'stays'),
    ],
    holds: {
      DBSIZE: 2,
      'EXPIRETIME later': EXPIRY,
      'PEXPIRETIME later': EXPIRY * 1000,
      'TTL stays': -1,
      'GET later': 'v',
    },
  },
  {
    name: 'times in milliseconds',
    version: 3,
    records: [Buffer.concat([Buffer.from([0xfc]), int64(EXPIRY * 1000 + 7), record(0, short('v'), 'later')])],
    holds: { 'PEXPIRETIME later': EXPIRY * 1000 + 7 },
  },
  {
    name: 'several databases',
    version: 2,
    records: [record(0, short('0'), 'a'), Buffer.from([0xfe, 3]), record(0, short('3'), 'b')],
    holds: { DBSIZE: 1, 'GET a': '0', 'GET b': null, 'SWAPDB 0 3': 'OK', 'MGET a b': [null, '3'] },
  },
];

const REAL_NEWEST = 10;

describe('RDB files of older versions of Redis', () => {
  let real: RedisServer | undefined;
  afterAll(() => real?.stop());

  it.each(FILES)('$name', async ({ version, records, holds }) => {
    using folder = temporaryFolder();
    writeFileSync(folder.file('dump.rdb'), file(version, records));
    const server = await open(folder.path);
    try {
      const session = server.session({ protocol: 2 });
      const digest = String(session.run('DEBUG', 'DIGEST'));
      if (version <= REAL_NEWEST && requireProgram('redis')) {
        real ??= await startRedis({ directives: { 'enable-debug-command': 'yes' } });
        await real.kill();
        writeFileSync(`${real.folder}/dump.rdb`, file(version, records));
        await real.restart();
        expect(digest).toBe(String(await real.command('DEBUG', 'DIGEST')));
      }
      for (const [line, wanted] of Object.entries(holds)) {
        expect(plainly(session.run(...line.split(' '))), line).toEqual(wanted);
      }
    } finally {
      await server.close();
    }
  });
});

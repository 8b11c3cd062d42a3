import { expect, it } from 'vitest';
import { payload } from '../harness/payloads.js';
import { RawClient, type Words } from '../harness/raw-client.js';
import { dataset, describeTwin, runCase, type Step, twinSuite } from '../harness/twin.js';
import { near } from '../harness/twin-compare.js';

const text = (length: number, step = 7) =>
  Array.from({ length }, (_, i) => String.fromCharCode(97 + ((i * step) % 26))).join('');
const random = (length: number) => {
  let seed = length;
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    bytes[i] = seed >>> 16;
  }
  return bytes;
};
const many = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));

/** Commands that make `k`, of every type and encoding; those whose bytes the encoding determines. */
const DETERMINED: Readonly<Record<string, readonly Words[]>> = {
  'an empty string': [['SET', 'k', '']],
  ...Object.fromEntries(
    [
      '0',
      '-1',
      '127',
      '128',
      '-128',
      '-129',
      '32767',
      '32768',
      '-32769',
      '2147483647',
      '2147483648',
      '-2147483648',
      '-2147483649',
      '9223372036854775807',
      '012',
      '-0',
      '+1',
      '1.5',
      '-',
      '12345678901',
    ].map((value) => [`the string ${value}`, [['SET', 'k', value]]]),
  ),
  'a string of 20 bytes': [['SET', 'k', 'a'.repeat(20)]],
  'a string of 21 bytes': [['SET', 'k', 'a'.repeat(21)]],
  'a string of 64 bytes': [['SET', 'k', random(64)]],
  'a string that compresses': [['SET', 'k', text(5000)]],
  'a string of one byte over and over': [['SET', 'k', 'x'.repeat(100_000)]],
  'a long string of words': [['SET', 'k', many(3000, (i) => `word${i % 321} and ${i % 17}`).join(' ')]],
  'a long string that does not compress': [['SET', 'k', random(70_000)]],
  'an appended string': [
    ['SET', 'k', '12'],
    ['APPEND', 'k', '3456'],
  ],
  'a list': [
    [
      'RPUSH',
      'k',
      'a',
      '1',
      '-5',
      '4095',
      '4096',
      '-4097',
      '70000',
      '-9000000',
      '3000000000',
      '99999999999999999999',
      text(63),
      text(64),
      text(4095),
      text(4096),
    ],
  ],
  'a list of several nodes': [['RPUSH', 'k', ...many(4000, (i) => `element:${i}`)]],
  'a list of long elements': [['RPUSH', 'k', ...many(20, (i) => random(3000 + i))]],
  'a set of small integers': [['SADD', 'k', '5', '-3', '0', '32767']],
  'a set of middling integers': [['SADD', 'k', '5', '-3', '32768']],
  'a set of large integers': [['SADD', 'k', '5', '-9223372036854775808', '9223372036854775807']],
  'a set of many integers': [['SADD', 'k', ...many(500, (i) => i * 3)]],
  'a set of one member': [['SADD', 'k', 'only']],
  'a small hash': [['HSET', 'k', 'a', '1', 'b', 'two', '3', '-300', '', '', text(60), text(64)]],
  'a hash in a listpack of many fields': [['HSET', 'k', ...many(500, (i) => [`field${i}`, i]).flat()]],
  'a hash table of one field': [['HSET', 'k', 'f', text(65)]],
  'a small sorted set': [
    [
      'ZADD',
      'k',
      '1',
      'a',
      '1.5',
      'b',
      '-0',
      'zero',
      'inf',
      'i',
      '-inf',
      'j',
      '3.1',
      'c',
      '1e300',
      'big',
      '4611686018427387904',
      'half',
      '9e18',
      'above',
      '-1e-7',
      'tiny',
      '7',
      '42',
    ],
  ],
  'a skiplist': [['ZADD', 'k', ...many(200, (i) => [i / 3, `m${i}`]).flat()]],
  'a skiplist for a long member': [['ZADD', 'k', 'inf', text(65), '-0', 'b', '1.5', 'c']],
  'a stream': [
    ['XADD', 'k', '1-1', 'a', '1', 'b', '2'],
    ['XADD', 'k', '1-2', 'a', 'x', 'b', 'y'],
    ['XADD', 'k', '5-0', 'other', 'field'],
  ],
  'a stream of many nodes': many(350, (i) => [
    'XADD',
    'k',
    `${i + 1}-${i % 3}`,
    'field',
    `value${i}`,
    i % 50 === 0 ? 'x' : 'same',
    'v',
  ]),
  'a stream with deleted entries': [
    ...many(20, (i): Words => ['XADD', 'k', `${i + 1}-0`, 'f', 'v']),
    ['XDEL', 'k', '3-0', '1-0', '20-0'],
  ],
  'an emptied stream': [
    ['XADD', 'k', '7-7', 'f', 'v'],
    ['XDEL', 'k', '7-7'],
  ],
  'a stream of large IDs': [
    ['XADD', 'k', '18446744073709551614-1', 'f', 'v'],
    ['XADD', 'k', '18446744073709551615-18446744073709551615', 'f', 'v'],
  ],
  'a stream with groups': [
    ...many(6, (i): Words => ['XADD', 'k', `${i + 1}-0`, 'f', 'v']),
    ['XGROUP', 'CREATE', 'k', 'second', '3-0'],
    ['XGROUP', 'CREATE', 'k', 'first', '$', 'ENTRIESREAD', '6'],
    ['XGROUP', 'CREATE', 'k', 'unknown', '2-5'],
  ],
  'a sparse HyperLogLog': [['PFADD', 'k', ...many(20, (i) => `e${i}`)]],
  'a dense HyperLogLog': [['PFADD', 'k', ...many(3000, (i) => `e${i}`)]],
};

/** Those whose order is free, or whose times are of now. */
const FREE: Readonly<Record<string, readonly Words[]>> = {
  'a hash table': [['HSET', 'k', ...many(1000, (i) => [`field${i}`, `value${i}`]).flat()]],
  'a set': [['SADD', 'k', ...many(1000, (i) => `member${i}`)]],
  'a stream with pending entries': [
    ...many(6, (i): Words => ['XADD', 'k', `${i + 1}-0`, 'f', 'v']),
    ['XGROUP', 'CREATE', 'k', 'g', '0'],
    ['XREADGROUP', 'GROUP', 'g', 'ann', 'COUNT', '3', 'STREAMS', 'k', '>'],
    ['XREADGROUP', 'GROUP', 'g', 'bob', 'COUNT', '2', 'STREAMS', 'k', '>'],
    ['XACK', 'k', 'g', '2-0'],
    ['XGROUP', 'CREATECONSUMER', 'k', 'g', 'idle'],
  ],
};

twinSuite(
  'DUMP',
  Object.fromEntries(
    Object.entries(DETERMINED).map(([title, commands]) => [title, [...commands, ['DUMP', 'k']] as Step[]]),
  ),
  { protocols: [2] },
);

twinSuite(
  'DUMP without compression, small list nodes',
  {
    text: [['SET', 'k', text(300)], 'DUMP k'],
    'a list by count': [['RPUSH', 'k', ...many(20, (i) => i)], 'DUMP k'],
    'a list with plain nodes': [
      'DEBUG QUICKLIST-PACKED-THRESHOLD 100',
      ['RPUSH', 'k', 'a', text(100), 'b', text(99)],
      'DUMP k',
    ],
  },
  {
    protocols: [2],
    settings: { rdbCompression: false, listMaxListpackSize: 3 },
    directives: { rdbcompression: 'no', 'list-max-listpack-size': '3' },
  },
);

describeTwin('DUMP and RESTORE from one to the other', {}, (twin) => {
  for (const [title, commands] of Object.entries({ ...DETERMINED, ...FREE })) {
    it(title, async () => {
      await runCase(twin(), commands, 2, { skip: ['effects', 'events', 'dataset'] });
      const [real, ours] = [await RawClient.connect(twin().real.port), await RawClient.connect(twin().port)];
      const [fromReal, fromOurs] = [await dump(real), await dump(ours)];
      expect(await restore(ours, 'from', fromReal)).toBe('+OK\r\n');
      expect(await restore(real, 'from', fromOurs)).toBe('+OK\r\n');
      expect(await dataset(twin().port)).toEqual(await dataset(twin().real.port));
      for (const client of [real, ours]) client.close();
    });
  }
});

const hello = payload(Buffer.from('\x00\x05hello', 'latin1'));
const flipped = Buffer.from(hello);
flipped[3] = 0x61;

twinSuite('RESTORE', {
  'over a key whose time is over': [
    ['RESTORE', 'k', '10', hello],
    ['RESTORE', 'j', '10', hello],
    'DEBUG SLEEP 0.015',
    ['RESTORE', 'k', '0', hello, 'REPLACE'],
    ['RESTORE', 'j', '1', hello, 'ABSTTL', 'REPLACE'],
    'DBSIZE',
  ],
  'options and errors': [
    ['RESTORE', 'k', '0', hello],
    ['RESTORE', 'k', '0', hello],
    ['RESTORE', 'k', '0', hello, 'REPLACE'],
    ['RESTORE', 'k', '5000', hello, 'REPLACE', 'IDLETIME', '100'],
    { run: 'PTTL k', compare: near(1000) },
    ['RESTORE', 'k', '9999999999999', hello, 'ABSTTL', 'REPLACE', 'FREQ', '7'],
    'PEXPIRETIME k',
    ['RESTORE', 'k', '1', hello, 'ABSTTL', 'REPLACE'],
    'EXISTS k',
    ['RESTORE', 'k', '1', hello, 'ABSTTL', 'REPLACE'],
    ['RESTORE', 'k', '0', flipped],
    ['RESTORE', 'k', '0', ''],
    ['RESTORE', 'k', '0', hello.subarray(0, 9)],
    ['RESTORE', 'k', '0', payload(Buffer.from('\x00\x30hello', 'latin1'))],
    ['RESTORE', 'k', '0', payload(Buffer.from('\x00\x05hello and more', 'latin1'))],
    ['RESTORE', 'none', '0', payload(Buffer.from('\x63', 'latin1'))],
    ['RESTORE', 'none', '0', payload(Buffer.from('', 'latin1'))],
    ['RESTORE', 'none', '0', payload(Buffer.from('\x02\x00', 'latin1'))],
    ['RESTORE', 'none', '0', payload(Buffer.from('\x02\x02\x01a\x01a', 'latin1'))],
    ['RESTORE', 'k', '-1', hello],
    ['RESTORE', 'n', '-1', hello],
    ['RESTORE', 'n', 'x', hello],
    ['RESTORE', 'n', '0', hello, 'NO'],
    ['RESTORE', 'n', '0', hello, 'IDLETIME'],
    ['RESTORE', 'n', '0', hello, 'IDLETIME', '-1'],
    ['RESTORE', 'n', '0', hello, 'IDLETIME', 'x'],
    ['RESTORE', 'n', '0', hello, 'FREQ', '256'],
    ['RESTORE', 'n', '0', hello, 'FREQ', '5', 'IDLETIME', '5'],
    ['RESTORE', 'n', '0'],
    'DUMP missing',
    'DUMP',
    'DUMP a b',
  ],
  'checksums may be skipped': [
    'DEBUG SET-SKIP-CHECKSUM-VALIDATION 1',
    ['RESTORE', 'k', '0', flipped],
    'DEBUG SET-SKIP-CHECKSUM-VALIDATION 0',
    ['RESTORE', 'l', '0', flipped],
    'GET k',
  ],
});

twinSuite('MIGRATE', {
  'errors before anything is sent, and keys that are not there': [
    'MIGRATE a b c d e',
    'MIGRATE 127.0.0.1 1 no x 10',
    'MIGRATE 127.0.0.1 1 no x y',
    'MIGRATE 127.0.0.1 1 no 0 10 FOO',
    'MIGRATE 127.0.0.1 1 no 0 10 AUTH',
    'MIGRATE 127.0.0.1 1 no 0 10 AUTH2 x',
    'MIGRATE 127.0.0.1 1 no 0 10 COPY KEYS a',
    'MIGRATE 127.0.0.1 1 no 0 -10',
    ['MIGRATE', '127.0.0.1', '1', '', '0', '10', 'KEYS'],
    ['MIGRATE', '127.0.0.1', '1', '', '0', '10', 'copy', 'replace', 'auth', 'x', 'keys', 'a', 'b'],
    'EVAL "return redis.call(\\"migrate\\", \\"h\\", \\"1\\", \\"no\\", \\"0\\", \\"1\\")" 0',
  ],
  'targets that cannot be reached': [
    'SET k 1',
    'MIGRATE 127.0.0.1 1 k 0 1000',
    'MIGRATE 127.0.0.1 notaport k 0 1000',
    'MIGRATE 127.0.0.1 99999 k 0 1000',
    'MIGRATE nosuch.invalid 1 k 0 1000',
    'EXISTS k',
  ],
});

twinSuite(
  'DEBUG DIGEST',
  Object.fromEntries(
    Object.entries({ ...DETERMINED, ...FREE }).map(([title, commands]) => [
      title,
      [
        ...commands.filter(([name]) => name !== 'XREADGROUP'),
        'DEBUG DIGEST-VALUE k missing',
        'EXPIRE k 1000',
        'SELECT 3',
        'SET other 1',
        'DEBUG DIGEST',
      ] as Step[],
    ]),
  ),
  { protocols: [2], skip: ['events', 'effects', 'dataset'] },
);

async function dump(client: RawClient): Promise<Buffer> {
  const reply = await client.ask(['DUMP', 'k']);
  return reply.subarray(reply.indexOf('\n') + 1, reply.length - 2);
}

async function restore(client: RawClient, key: string, payload: Buffer): Promise<string> {
  return (await client.ask(['RESTORE', key, '0', payload])).toString('latin1');
}

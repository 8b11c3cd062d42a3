import fc from 'fast-check';
import type { Words } from '../harness/raw-client.js';
import { twinProperty } from '../harness/twin.js';
import { type Comparison, comparisonOf, exact, kind, unorderedPage } from '../harness/twin-compare.js';

/**
 * Small collections across the limits of their packed forms, with elements of every width that a listpack or an intset
 * knows. What is saved of a packed one is compared to the byte.
 */
const LIMIT = 6;
const LONGEST = 20;
const limits = {
  settings: {
    hashMaxListpackEntries: LIMIT,
    hashMaxListpackValue: LONGEST,
    setMaxIntsetEntries: LIMIT,
    zsetMaxListpackEntries: LIMIT,
    zsetMaxListpackValue: LONGEST,
  },
  directives: {
    'hash-max-listpack-entries': String(LIMIT),
    'hash-max-listpack-value': String(LONGEST),
    'set-max-intset-entries': String(LIMIT),
    'zset-max-listpack-entries': String(LIMIT),
    'zset-max-listpack-value': String(LONGEST),
  },
};

const PACKED = new Set([11, 16, 17, 18]);

/** The value as it is saved, where its elements have an order. */
const savedPacked: Comparison = (reply) => {
  const start = reply.indexOf('\r\n') + 2;
  return reply.length > start && PACKED.has(reply[start]!) ? exact(reply) : kind(reply);
};

const word = (text: string) => fc.constant(text);
const element = fc.oneof(
  fc.constantFrom('', '0', '-0', '127', '128', '-1', '4095', '-4096', '4096', '32767', '32768', '-32769'),
  fc.constantFrom('8388607', '8388608', '2147483647', '2147483648', '-2147483649', '01', '1.5'),
  fc.constantFrom('9007199254740993', '9223372036854775807', '-9223372036854775808', '9223372036854775808'),
  fc.nat(4).map((i) => `member ${i}`),
  fc.constantFrom('x'.repeat(LONGEST), 'y'.repeat(LONGEST + 1)),
);
const key = fc.constantFrom('a', 'b', 'c');
const few = fc.array(element, { minLength: 1, maxLength: 3 });

function commandsOf(...lines: fc.Arbitrary<string | string[]>[][]): fc.Arbitrary<Words> {
  return fc.oneof(...lines.map((parts) => fc.tuple(...parts).map((all) => all.flat())));
}

const common: fc.Arbitrary<string | string[]>[][] = [
  [word('DUMP'), key],
  [word('COPY'), key, key],
  [word('RENAME'), key, key],
  [word('DEL'), key],
  [word('OBJECT'), word('ENCODING'), key],
];

const pairs = fc.array(fc.tuple(element, element), { minLength: 1, maxLength: 3 }).map((all) => all.flat());
const hashes = commandsOf(
  ...common,
  [word('HSET'), key, pairs],
  [word('HSET'), key, pairs],
  [word('HSETNX'), key, element, element],
  [word('HDEL'), key, few],
  [word('HGET'), key, element],
  [word('HMGET'), key, few],
  [word('HSTRLEN'), key, element],
  [word('HEXISTS'), key, element],
  [word('HINCRBY'), key, element, element],
  [word('HLEN'), key],
  [word('HSCAN'), key, word('0'), word('COUNT'), word('100')],
  [word('HGETALL'), key],
  [word('HRANDFIELD'), key, word('100')],
);

const integer = fc.oneof(
  fc.integer({ min: -3, max: 9 }).map(String),
  fc.constantFrom('32767', '-32769', '2147483648', '-2147483649', '9007199254740993', '-9223372036854775808'),
);
const sets = commandsOf(
  ...common,
  [word('SADD'), key, fc.array(integer, { minLength: 1, maxLength: 3 })],
  [word('SADD'), key, fc.array(integer, { minLength: 1, maxLength: 3 })],
  [word('SADD'), key, element],
  [word('SREM'), key, fc.array(integer, { minLength: 1, maxLength: 3 })],
  [word('SREM'), key, element],
  [word('SISMEMBER'), key, fc.oneof(integer, element)],
  [word('SMISMEMBER'), key, few],
  [word('SMOVE'), key, key, fc.oneof(integer, element)],
  [word('SCARD'), key],
  [word('SPOP'), key, word('100')],
  [word('SRANDMEMBER'), key, word('100')],
  [word('SSCAN'), key, word('0'), word('COUNT'), word('100')],
  [word('SINTER'), key, key],
  [word('SUNIONSTORE'), key, key, key],
  [word('SDIFFSTORE'), key, key, key],
);

const score = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map(String),
  fc.constantFrom('0.5', '-1.25', '3.14159', 'inf', '-inf', '1e300', '128', '-4097', '9007199254740993', '1e17'),
);
const scored = fc.array(fc.tuple(score, element), { minLength: 1, maxLength: 3 }).map((all) => all.flat());
const bound = fc.oneof(
  score,
  score.map((text) => `(${text}`),
);
const rank = fc.integer({ min: -8, max: 8 }).map(String);
const sortedSets = commandsOf(
  ...common,
  [word('ZADD'), key, scored],
  [word('ZADD'), key, scored],
  [word('ZADD'), key, fc.constantFrom('GT', 'LT', 'NX', 'XX', 'CH'), scored],
  [word('ZINCRBY'), key, fc.constantFrom('1', '-0.5', '1e300'), element],
  [word('ZREM'), key, few],
  [word('ZSCORE'), key, element],
  [word('ZRANK'), key, element],
  [word('ZREVRANK'), key, element],
  [word('ZCARD'), key],
  [word('ZCOUNT'), key, bound, bound],
  [word('ZRANGE'), key, rank, rank, fc.constantFrom(['WITHSCORES'], ['REV'])],
  [word('ZRANGEBYSCORE'), key, bound, bound, word('WITHSCORES')],
  [word('ZREVRANGEBYSCORE'), key, bound, bound],
  [word('ZREMRANGEBYRANK'), key, rank, rank],
  [word('ZREMRANGEBYSCORE'), key, bound, bound],
  [word('ZPOPMIN'), key, word('2')],
  [word('ZPOPMAX'), key],
  [word('ZSCAN'), key, word('0'), word('COUNT'), word('100')],
  [word('ZRANDMEMBER'), key, word('100')],
  [word('ZUNIONSTORE'), key, word('2'), key, key],
  [word('ZRANGESTORE'), key, key, rank, rank],
);

const lists = commandsOf(
  ...common,
  [fc.constantFrom('LPUSH', 'RPUSH'), key, few],
  [fc.constantFrom('LPUSH', 'RPUSH'), key, fc.constantFrom('z'.repeat(700), 'z'.repeat(5000), 'z'.repeat(9000))],
  [fc.constantFrom('LPOP', 'RPOP'), key],
  [fc.constantFrom('LPOP', 'RPOP'), key, word('2')],
  [word('LMOVE'), key, key, fc.constantFrom('LEFT', 'RIGHT'), fc.constantFrom('LEFT', 'RIGHT')],
  [word('LINDEX'), key, rank],
  [word('LSET'), key, rank, fc.oneof(element, word('z'.repeat(3000)))],
  [word('LINSERT'), key, fc.constantFrom('BEFORE', 'AFTER'), element, element],
  [word('LREM'), key, fc.integer({ min: -2, max: 2 }).map(String), element],
  [word('LTRIM'), key, rank, rank],
  [word('LPOS'), key, element, word('RANK'), fc.constantFrom('1', '-1', '2')],
  [word('LRANGE'), key, rank, rank],
  [word('LLEN'), key],
);

/** What is saved of a list depends on the way that its nodes came about. */
const isSaved = (words: Words) => words[0] === 'DUMP';

const compare = (words: Words): Comparison | undefined => {
  if (words[0] === 'DUMP') return savedPacked;
  return String(words[0]).endsWith('SCAN') ? unorderedPage : undefined;
};

const options = {
  ...limits,
  runs: 150,
  length: 80,
  compare: (words: Words) => compare(words) ?? comparisonOf(String(words[0])),
};

twinProperty('packed hashes', hashes, options);
twinProperty('packed sets', sets, options);
twinProperty('packed sorted sets', sortedSets, options);
twinProperty('packed lists', lists, {
  ...options,
  compare: (words) => (isSaved(words) ? kind : comparisonOf(String(words[0]))),
});

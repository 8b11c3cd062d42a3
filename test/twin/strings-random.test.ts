import fc from 'fast-check';
import type { Words } from '../harness/raw-client.js';
import { twinProperty } from '../harness/twin.js';

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const number = fc.oneof(
  fc.integer({ min: -12, max: 12 }).map(String),
  fc.constantFrom('9223372036854775807', '-9223372036854775808', '9007199254740993', '1e3', '1.5', 'x', '', '100000'),
);
const value = fc.oneof(
  number,
  fc.string({ maxLength: 12 }),
  fc.constantFrom('z'.repeat(44), 'z'.repeat(45), 'y'.repeat(480), 'w'.repeat(66_000)),
);
const index = fc.integer({ min: -20, max: 70 }).map(String);
const far = fc.constantFrom('33000000000000', '33000000000001', '1');
const unit = fc.constantFrom('BIT', 'BYTE');
const bit = fc.constantFrom('0', '1');

function words(...parts: readonly (string | fc.Arbitrary<string>)[]): fc.Arbitrary<Words> {
  return fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)));
}

function oneOf(...names: readonly string[]): fc.Arbitrary<string> {
  return fc.constantFrom(...names);
}

const command = fc.oneof(
  words('SET', key, value),
  words('SET', key, value, oneOf('NX', 'XX', 'GET', 'KEEPTTL')),
  words('SET', key, value, 'PXAT', far),
  words(oneOf('GET', 'STRLEN', 'GETDEL', 'INCR', 'DECR', 'TYPE', 'DEL', 'UNLINK', 'PERSIST', 'PEXPIRETIME'), key),
  words('OBJECT', 'ENCODING', key),
  words(oneOf('APPEND', 'GETSET', 'SETNX'), key, value),
  words(oneOf('INCRBY', 'DECRBY', 'INCRBYFLOAT'), key, number),
  words(oneOf('GETRANGE', 'SUBSTR'), key, index, index),
  words('SETRANGE', key, index, value),
  words('GETEX', key, 'PXAT', far),
  words('PEXPIREAT', key, far),
  words('PEXPIREAT', key, far, oneOf('NX', 'XX', 'GT', 'LT')),
  words(oneOf('MSET', 'MSETNX'), key, value, key, value),
  words(oneOf('MGET', 'EXISTS', 'TOUCH', 'DEL'), key, key, key),
  words(oneOf('RENAME', 'RENAMENX', 'COPY'), key, key),
  words('COPY', key, key, 'DB', oneOf('0', '1'), 'REPLACE'),
  words('MOVE', key, '1'),
  words('LCS', key, key, oneOf('LEN', 'IDX')),
  words('SETBIT', key, index, bit),
  words('GETBIT', key, index),
  words('BITCOUNT', key, index, index, unit),
  words('BITPOS', key, bit, index, index, unit),
  words('BITOP', oneOf('AND', 'OR', 'XOR'), key, key, key),
  words('BITOP', 'NOT', key, key),
  words(
    'BITFIELD',
    key,
    'OVERFLOW',
    oneOf('WRAP', 'SAT', 'FAIL'),
    'INCRBY',
    oneOf('u3', 'i5', 'i64', 'u63'),
    index,
    number,
    'GET',
    'i9',
    index,
  ),
  words('BITFIELD', key, 'SET', oneOf('u1', 'i8', 'u33', 'i64'), index, number),
  words(oneOf('RPUSH', 'SADD'), key, value),
  words('HSET', key, value, value),
  words('DBSIZE'),
  words('SELECT', oneOf('0', '0', '1')),
  words('SWAPDB', '0', '1'),
  words('MULTI'),
  words('EXEC'),
);

twinProperty('strings, keys and bitmaps', command, { runs: 150, length: 80 });

const digits = fc.tuple(fc.integer({ min: -999_999_999, max: 999_999_999 }), fc.integer({ min: -22, max: 12 }));
const decimal = fc.oneof(
  digits.map(([mantissa, exponent]) => `${mantissa}e${exponent}`),
  fc.tuple(fc.integer({ min: -99, max: 99 }), fc.bigInt({ min: 0n, max: 10n ** 20n })).map(([a, b]) => `${a}.${b}`),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 }).map(String),
);

twinProperty(
  'floating point counters',
  fc.oneof(
    { weight: 6, arbitrary: words('INCRBYFLOAT', oneOf('a', 'b'), decimal) },
    { weight: 1, arbitrary: words('SET', oneOf('a', 'b'), decimal) },
  ),
  { runs: 60, length: 60, skip: ['events'] },
);

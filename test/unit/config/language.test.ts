import { describe, expect, it } from 'vitest';
import { convertListValue } from '../../../src/config/language/list-value.js';
import { isLoopback, parseListenAddress } from '../../../src/config/language/listen-address.js';
import { Refusal } from '../../../src/config/language/refusal.js';
import { parseSize } from '../../../src/config/language/size.js';
import { nearest } from '../../../src/config/suggestion.js';
import { problemsOf, storeOf } from './problems-of.js';

const embedded = (line: string) => `type = "embedded"\n${line}`;

describe('durations', () => {
  it.each([
    ['"10s"', 10_000],
    ['"500ms"', 500],
    ['" 2 H "', 7_200_000],
    ['"1d"', 86_400_000],
    ['"3m"', 180_000],
    ['"250"', 250],
    ['250', 250],
  ])('%s', (written, ms) => {
    expect(storeOf(embedded(`timeout = ${written}`)).timeout).toBe(ms);
  });

  it.each([
    '"1.5s"',
    '"1h30m"',
    '"-1s"',
    '"s"',
    '""',
    '"10 parsecs"',
    '"99999999999999999d"',
    '1.5',
    '-1',
    'true',
    '[1]',
  ])('refuses %s', (written) => {
    expect(problemsOf(`[store.s]\ntype = "embedded"\ntimeout = ${written}`)).toEqual([
      '3:11 error: "timeout": expected a duration such as "10s" or "500ms"',
    ]);
  });

  it.each(['"0s"', '0', '"0"', '"00 ms"'])('refuses %s where a wait needs a bound', (written) => {
    expect(problemsOf(`[store.s]\ntype = "embedded"\ntimeout = ${written}`)).toEqual([
      '3:11 error: "timeout": expected a duration longer than 0',
    ]);
  });

  it.each(['""', '"false"', '"disable"', '"Disabled"', '"never"', '"0"', '0', 'false'])(
    '%s means none where that is possible',
    (written) => {
      expect(storeOf(`type = "redis"\nurl = "redis://h"\nkeepalive = ${written}`)).toMatchObject({ keepalive: 0 });
    },
  );

  it('refuses "0s" where none is possible, and says how to write it', () => {
    expect(problemsOf('[store.s]\ntype = "redis"\nurl = "redis://h"\nkeepalive = "0s"')).toEqual([
      '4:13 error: "keepalive": "0s" is no duration',
    ]);
  });
});

describe('sizes', () => {
  it.each([
    ['1', 1],
    ['10b', 10],
    ['1k', 1000],
    ['1kb', 1024],
    ['2 MB', 2_097_152],
    ['1m', 1_000_000],
    ['1g', 1e9],
    ['1gb', 2 ** 30],
    ['0', undefined],
    ['-1', undefined],
    ['1.5mb', undefined],
    ['1tb', undefined],
    ['', undefined],
    ['99999999999gb', undefined],
  ])('%s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });
});

describe('numbers and booleans', () => {
  it.each(['"7"', '7'])('%s is a number', (written) => {
    expect(storeOf(embedded(`retry.total = ${written}`)).retry.total).toBe(7);
  });

  it.each(['"x"', '1.5', '-1', '1001', '99999999999999999999', '"99999"', 'true', 'inf'])(
    '%s is no count',
    (written) => {
      expect(problemsOf(`[store.s]\ntype = "embedded"\nretry.total = ${written}`)).toEqual([
        '3:15 error: "retry.total": expected a whole number from 0 to 1000',
      ]);
    },
  );

  it.each([
    ['true', true],
    ['"true"', true],
    ['"false"', false],
  ])('%s is a boolean', (written, lazyConnect) => {
    expect(storeOf(`type = "redis"\nurl = "redis://h"\nlazy-connect = ${written}`)).toMatchObject({ lazyConnect });
  });

  it.each(['1', '"yes"', '"True"'])('%s is no boolean', (written) => {
    expect(problemsOf(`[store.s]\ntype = "redis"\nurl = "redis://h"\nlazy-connect = ${written}`)).toEqual([
      '4:16 error: "lazy-connect": expected true or false',
    ]);
  });
});

describe('values of static lists', () => {
  it.each([
    ['true', '1'],
    ['false', '0'],
    ['True', 'True'],
    ['007', '7'],
    ['-5', '-5'],
    ['-0', '0'],
    ['+5', '+5'],
    ['1.50', '1.5'],
    ['2.0', '2'],
    ['1.2.3', '1.2.3'],
    ['1e5', '1e5'],
    ['.5', '.5'],
    ['5.', '5.'],
    ['9223372036854775807', '9223372036854775807'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['0009223372036854775808', '0009223372036854775808'],
    ['', ''],
    [' 7', ' 7'],
    ['OK', 'OK'],
  ])('%j is %j', (written, value) => {
    expect(convertListValue(written)).toBe(value);
  });
});

describe('listen addresses', () => {
  it.each<[string, object]>([
    ['127.0.0.1:10023', { host: '127.0.0.1', port: 10023 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    ['localhost:65535', { host: 'localhost', port: 65535 }],
    ['unix:/run/x.sock', { path: '/run/x.sock' }],
    ['unix:///run/x.sock', { path: '/run/x.sock' }],
  ])('%s', (text, address) => {
    expect(parseListenAddress(text)).toEqual(address);
  });

  it.each([
    '10023',
    ':10023',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '127.0.0.1:x',
    '::1:10023',
    '[::1]',
    '[x]:1',
    'a b:1',
    '/run/x.sock',
    'unix:run/x.sock',
    `unix:/${'x'.repeat(107)}`,
    '',
  ])('refuses %j', (text) => {
    expect(parseListenAddress(text)).toBeInstanceOf(Refusal);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['LOCALHOST', true],
    ['::ffff:127.0.0.1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['192.0.2.1', false],
    ['127.example.com', false],
  ])('%s is reached from this machine only: %s', (host, loopback) => {
    expect(isLoopback({ host, port: 1 })).toBe(loopback);
  });
});

describe('did you mean', () => {
  const known = ['timeout', 'connect-timeout', 'retry.max-wait', 'read-from-replicas', 'url', 'urls', 'user'];

  it.each([
    ['tiemout', 'timeout'],
    ['Timeout', 'timeout'],
    ['timeuot', 'timeout'],
    ['connect_timeout', 'connect-timeout'],
    ['readFromReplicas', 'read-from-replicas'],
    ['max-wait', 'retry.max-wait'],
    ['maxwait', 'retry.max-wait'],
    ['ulr', 'url'],
    ['usr', 'user'],
    ['colour', undefined],
    ['', undefined],
  ])('%s: %s', (written, meant) => {
    expect(nearest(written, known)).toBe(meant);
  });
});

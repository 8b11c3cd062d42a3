import { describe, expect, test } from 'vitest';
import { parseEpoch, parsePrimary, parseReplicas, parseSentinels } from '../../../src/links/sentinel/sentinel-reply.js';
import type { Reply } from '../../../src/resp/reply.js';

const flat = (fields: Readonly<Record<string, string>>): Reply =>
  Object.entries(fields)
    .flat()
    .map((text) => Buffer.from(text));
const map = (fields: Readonly<Record<string, string>>): Reply =>
  new Map(Object.entries(fields).map(([name, value]) => [Buffer.from(name), Buffer.from(value)]));

describe('the address of the primary', () => {
  test.each<[string, Reply, object | undefined]>([
    ['an IPv4 address', [Buffer.from('192.0.2.1'), Buffer.from('6379')], { host: '192.0.2.1', port: 6379 }],
    ['an IPv6 address', [Buffer.from('2001:db8::1'), Buffer.from('7000')], { host: '2001:db8::1', port: 7000 }],
    ['a host', [Buffer.from('redis-1.example'), Buffer.from('6379')], { host: 'redis-1.example', port: 6379 }],
    ['nothing', null, undefined],
    ['an empty host', [Buffer.from(''), Buffer.from('6379')], undefined],
    ['a port that is none', [Buffer.from('h'), Buffer.from('0')], undefined],
    ['another shape', Buffer.from('h'), undefined],
  ])('%s', (_what, reply, expected) => {
    expect(parsePrimary(reply)).toEqual(expected);
  });
});

describe.each([
  ['RESP2', flat],
  ['RESP3', map],
])('in %s', (_protocol, fields) => {
  test('the epoch of a primary', () => {
    expect(parseEpoch(fields({ name: 'mymaster', 'config-epoch': '12' }))).toBe(12);
    expect(parseEpoch(fields({ name: 'mymaster' }))).toBe(0);
    expect(parseEpoch(null)).toBe(0);
  });

  test('the other Sentinels', () => {
    const others = [fields({ ip: '2001:db8::2', port: '26379' }), fields({ ip: '', port: '26379' })];
    expect(parseSentinels(others)).toEqual([{ host: '2001:db8::2', port: 26379 }]);
  });

  test.each([
    ['slave', 'ok', true],
    ['s_down,slave', 'ok', false],
    ['o_down,slave', 'ok', false],
    ['slave,disconnected', 'ok', false],
    ['slave', 'err', false],
  ])('a replica that is %s with its link %s', (flags, link, counts) => {
    const replica = fields({ ip: 'h', port: '1', flags, 'master-link-status': link });
    expect(parseReplicas([replica])).toEqual(counts ? [{ host: 'h', port: 1 }] : []);
  });
});

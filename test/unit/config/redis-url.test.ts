import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRedisUrl, type RedisUrl } from '../../../src/config/language/redis-url.js';
import { Refusal } from '../../../src/config/language/refusal.js';

/** What a URL says, without what it leaves out. */
function parsed(url: string) {
  const result = parseRedisUrl(url);
  if (result instanceof Refusal) throw new Error(`${result.message} (${result.hint})`);
  const { password, portGiven: _, ...rest } = result;
  const given = { ...rest, password: password?.reveal() };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== false));
}

const tcp = (host: string, port = 6379) => ({ endpoint: { host, port } });

describe('a Redis URL', () => {
  it.each<[string, object]>([
    ['redis://127.0.0.1', tcp('127.0.0.1')],
    ['redis://127.0.0.1/', tcp('127.0.0.1')],
    ['REDIS://Redis.Example.com:7000', tcp('Redis.Example.com', 7000)],
    ['valkey://h/3', { ...tcp('h'), database: 3 }],
    ['redis://h/3/', { ...tcp('h'), database: 3 }],
    ['rediss://h', { ...tcp('h'), tls: true }],
    ['valkeys://h#insecure', { ...tcp('h'), tls: true, insecure: true }],
    ['redis://u:p@h#insecure', { ...tcp('h'), user: 'u', password: 'p', insecure: true }],
    ['redis://:p@h', { ...tcp('h'), password: 'p' }],
    ['redis://u@h', { ...tcp('h'), user: 'u' }],
    ['redis://u:@h', { ...tcp('h'), user: 'u' }],
    ['redis://u%40x:p%2F%3a%25@h', { ...tcp('h'), user: 'u@x', password: 'p/:%' }],
    ['redis://u:p@x:y@h', { ...tcp('h'), user: 'u', password: 'p@x:y' }],
    ['redis://[::1]', tcp('::1')],
    ['redis://u:p@[2001:db8::1]:7000/1', { ...tcp('2001:db8::1', 7000), user: 'u', password: 'p', database: 1 }],
    ['redis://h?protocol=resp3', { ...tcp('h'), protocol: 'resp3' }],
    ['unix:///run/redis.sock', { endpoint: { path: '/run/redis.sock' } }],
    ['unix:/run/redis.sock', { endpoint: { path: '/run/redis.sock' } }],
    [
      'redis+unix:///r%20s?db=2&user=u&pass=p%26+q&protocol=resp2',
      { endpoint: { path: '/r s' }, database: 2, user: 'u', password: 'p& q', protocol: 'resp2' },
    ],
    ['unix:///r?password=p', { endpoint: { path: '/r' }, password: 'p' }],
    ['valkey+unix:///r?db=0', { endpoint: { path: '/r' }, database: 0 }],
  ])('%s', (url, expected) => {
    expect(parsed(url)).toEqual(expected);
  });

  it.each([
    ['', 'expected a URL'],
    ['127.0.0.1:6379', 'expected a URL'],
    ['redis:127.0.0.1', 'expected a URL'],
    ['redsi://h', "the URL's scheme is not one of a Redis", 'did you mean "redis"?'],
    ['http://h', "the URL's scheme is not one of a Redis"],
    ['redis://', 'the URL names no host'],
    ['redis:///1', 'the URL names no host'],
    ['redis://u:p@', 'the URL names no host'],
    ['redis://h:', "the URL's port is not a number from 1 to 65535"],
    ['redis://h:0', "the URL's port is not a number from 1 to 65535"],
    ['redis://h:65536', "the URL's port is not a number from 1 to 65535"],
    ['redis://h:abc', "the URL's port is not a number from 1 to 65535"],
    ['redis://h:1e3', "the URL's port is not a number from 1 to 65535"],
    ['redis://u:p', "the URL's port is not a number from 1 to 65535", 'after a password stands an "@"'],
    ['redis://::1:6379', 'an IPv6 address stands in brackets'],
    ['redis://u:p@2001:db8::1', 'an IPv6 address stands in brackets'],
    ['redis://[::1', 'the bracket around the IPv6 address is not closed'],
    ['redis://[::1]6379', 'the bracket around the IPv6 address is not closed'],
    ['redis://[redis]', 'what stands in brackets is not an IPv6 address'],
    ['redis://h1,h2', 'the URL names several hosts'],
    ['redis://a b', "the URL's host holds a character that no host name has"],
    ['redis://h/x', "the URL's database is not a number"],
    ['redis://h/-1', "the URL's database is not a number"],
    ['redis://h/1/2', "the URL's database is not a number"],
    ['redis://h/99999999999', "the URL's database is not a number"],
    ['redis://h#insecur', "the URL's fragment is unknown"],
    ['rediss://h#', "the URL's fragment is unknown"],
    ['redis://u:%zz@h', "the URL's password is not valid percent-encoding"],
    ['redis://u:100%@h', "the URL's password is not valid percent-encoding"],
    ['redis://%ff:p@h', "the URL's user is not valid percent-encoding"],
    ['redis://u:a/b@h', "the URL's user and password cannot be told from its path"],
    ['redis://u:a?b@h', "the URL's user and password cannot be told from its path"],
    ['redis://u:a#b@h', "the URL's fragment is unknown"],
    ['redis://h?db=1', 'the URL has an unknown parameter', 'the database is the path: redis://127.0.0.1/1'],
    ['redis://h?protocl=resp3', 'the URL has an unknown parameter', 'did you mean "protocol"?'],
    ['redis://h?protocol=resp4', `the URL's "protocol" is neither resp2 nor resp3`],
    ['redis://h?protocol=resp2&protocol=resp3', 'the URL has the parameter "protocol" twice'],
    ['unix://run/redis.sock', 'the path of a unix socket starts with "/"'],
    ['unix:///r?db=x', "the URL's database is not a number"],
    ['unix:///r?pass=%', "the URL's pass is not valid percent-encoding"],
    ['unix:///r?pass=p&password=p', 'the URL has the parameter "pass" twice'],
    ['unix:///r?usr=u', 'the URL has an unknown parameter', 'did you mean "user"?'],
  ])('refuses %s', (url, message, hint?: string) => {
    const result = parseRedisUrl(url);
    expect(result).toMatchObject(hint === undefined ? { message } : { message, hint });
    expect(result).toBeInstanceOf(Refusal);
  });

  it('takes every user and password that is percent-encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ minLength: 1 }), (user, password) => {
        const url = parseRedisUrl(`redis://${encodeURIComponent(user)}:${encodeURIComponent(password)}@h`) as RedisUrl;
        expect([url.user, url.password?.reveal()]).toEqual([user, password]);
      }),
    );
  });

  it('never quotes what was not encoded, and never throws', () => {
    const word = 'hunter2hunter2';
    const noise = fc.string({ unit: fc.constantFrom(...':/?#@[]%,&=ab1 '), maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom('redis', 'unix', 'x'), noise, noise, (scheme, before, after) => {
        const result = parseRedisUrl(`${scheme}://${before}${word}${after}`);
        if (result instanceof Refusal) expect(`${result.message} ${result.hint}`).not.toContain(word);
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { parseCachedbUrl } from '../../../src/config/language/cachedb-url.js';
import { Refusal } from '../../../src/config/language/refusal.js';
import { problemsOf, storeOf } from './problems-of.js';

const host = (name: string, port = 6379) => ({ host: name, port });

function parsed(url: string) {
  const result = parseCachedbUrl(url);
  if (result instanceof Refusal) throw new Error(`${result.message} (${result.hint})`);
  return { ...result[0]!, endpoint: result.map(({ endpoint }) => endpoint), password: result[0]!.password?.reveal() };
}

describe('a URL of cachedb_redis', () => {
  it.each<[string, object]>([
    ['redis:group1://localhost:6379/', { endpoint: [host('localhost')], user: undefined, password: undefined }],
    ['redis://localhost', { endpoint: [host('localhost')], database: undefined }],
    [
      'redis:ha://localhost,host_a:6380,host_b:6381,host_c/',
      {
        endpoint: [host('localhost'), host('host_a', 6380), host('host_b', 6381), host('host_c')],
      },
    ],
    [
      'redis:g://:password@h:7000/2',
      { endpoint: [host('h', 7000)], user: undefined, password: 'password', database: 2 },
    ],
    ['redis:g://u:p@h/', { user: 'u', password: 'p', database: undefined }],
    ['redis:g://u:p%2F@,x@h/', { user: 'u', password: 'p/@,x', endpoint: [host('h')] }],
    ['redis:g://[::1]:7000,[2001:db8::2]/', { endpoint: [host('::1', 7000), host('2001:db8::2')] }],
    ['redis:l://localhost/?socket=/var/run/redis.sock', { endpoint: [{ path: '/var/run/redis.sock' }] }],
    ['redis:l://u:p@localhost/2?socket=/run/a@b', { endpoint: [{ path: '/run/a@b' }], user: 'u', database: 2 }],
    ['redis:s://h/?tls_domain=redis', { tls: true, endpoint: [host('h')] }],
  ])('%s', (url, expected) => {
    expect(parsed(url)).toMatchObject(expected);
  });

  it.each([
    ['d:g://@', 'expected a URL of cachedb_redis'],
    ['redis:g://password@h', 'a colon stands before the password'],
    ['redis:g://u:@h', 'the URL names a user without a password'],
    ['redis:g://u:p@', 'the URL names no host'],
    ['redis:g://h:/', "the URL's port is not a number from 1 to 65535"],
    ['redis:g://h:99999/', "the URL's port is not a number from 1 to 65535"],
    ['redis:g://h:abc/', "the URL's port is not a number from 1 to 65535"],
    ['redis:g://h,/', 'the URL names no host'],
    ['redis:g://h/x', "the URL's database is not a number"],
    ['redis:g://h/?sock=/x', 'the URL has an unknown option'],
    ['redis:g://h/?socket=x', 'the path of a unix socket starts with "/"'],
    ['redis:g://h1,h2/?socket=/x', 'a unix socket cannot be one of several hosts'],
    ['redis:g://h/?socket=/x&tls_domain=d', 'a unix socket has no TLS'],
    ['redis:g://:p/w@h/', "the URL's user and password cannot be told from its path"],
  ])('%s is refused', (url, message) => {
    expect(parseCachedbUrl(url)).toMatchObject({ message });
  });

  it('is found out about, as OpenSIPS does, unless the type is said', () => {
    const store = (lines: string) => storeOf(`type = "redis"\n${lines}`);
    expect(store('cachedb-url = "redis:g://:p@a,b/1"')).toMatchObject({
      redisType: 'auto',
      endpoints: [host('a'), host('b')],
      database: 1,
    });
    expect(store('cachedb-url = "redis:g://h/?socket=/r"')).toMatchObject({ redisType: 'single' });
    expect(store('cachedb-url = "redis:g://h/"\nredis-type = "cluster"')).toMatchObject({ redisType: 'cluster' });
    expect(store('cachedb-url = "redis:g://h/?tls_domain=d"\ntls.server-name = "n"')).toMatchObject({
      tls: { serverName: 'n' },
    });
  });

  it('stands alone', () => {
    const problems = problemsOf('[store.s]\ntype = "redis"\nurl = "redis://h"\ncachedb-url = "redis:g://h/"');
    expect(problems).toEqual(['4:15 error: "url" and "cachedb-url" are both given']);
  });
});

import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/load.js';
import { configOf, hintOf, machine, problemsOf, storeOf } from './problems-of.js';

const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

/** The problems of a Redis store's lines: the first of them is line 3. */
const redis = (...lines: string[]) => problemsOf(['[store.s]', 'type = "redis"', ...lines].join('\n'));

describe('a Redis store', () => {
  it('has the documented defaults', () => {
    expect(storeOf('type = "redis"\nurl = "redis://h"')).toEqual({
      id: 's',
      type: 'redis',
      redisType: 'single',
      endpoints: [{ host: 'h', port: 6379 }],
      user: undefined,
      password: undefined,
      database: 0,
      tls: undefined,
      timeout: 10_000,
      connectTimeout: 5_000,
      deadline: undefined,
      retry: { total: 3, minWait: 50, maxWait: 1_000 },
      breaker: { failures: 5, openFor: 2_000 },
      keyPrefix: '',
      lazyConnect: false,
      shutdownOnError: false,
      keepalive: 10_000,
      protocolVersion: 'auto',
      readFromReplicas: false,
    });
  });

  it('tells Sentinels from the servers that they watch', () => {
    const lines = (tls: string) => `type = "redis"
      redis-type = "sentinel"
      urls = ["redis://u:p@a/3", "redis://u:p@[::1]:5000/3"]
      sentinel = { name = "mymaster", user = "v", password = "q"${tls} }
      read-from-replicas = true`;
    expect(storeOf(lines(''))).toMatchObject({
      redisType: 'sentinel',
      endpoints: [
        { host: 'a', port: 26_379 },
        { host: '::1', port: 5000 },
      ],
      user: 'u',
      database: 3,
      tls: undefined,
      readFromReplicas: true,
      sentinel: { name: 'mymaster', user: 'v', tls: undefined },
    });
    const store = storeOf(
      `${lines(', tls = true')}\ntls = { ca = "ca.pem", server-name = "n" }`,
      machine({ '/etc/ca.pem': PEM }),
    );
    expect(store).toMatchObject({
      tls: undefined,
      sentinel: { tls: { ca: PEM, verify: true, serverName: undefined } },
    });
    const secure = storeOf(lines(', tls = false').replaceAll('redis:', 'rediss:'));
    expect(secure).toMatchObject({ tls: { verify: true }, sentinel: { tls: undefined } });
    expect(storeOf(lines('').replaceAll('redis:', 'rediss:'))).toMatchObject({ sentinel: { tls: { verify: true } } });
  });

  it('keeps the order of a failover list', () => {
    const urls = 'urls = ["redis://b/1", "redis://a/1", "unix:///run/c.sock?db=1"]';
    expect(storeOf(`type = "redis"\nredis-type = "failover"\n${urls}`)).toMatchObject({
      redisType: 'failover',
      endpoints: [{ host: 'b', port: 6379 }, { host: 'a', port: 6379 }, { path: '/run/c.sock' }],
      database: 1,
    });
  });

  it('takes every key', () => {
    const store = storeOf(
      `type = "redis"
      redis-type = "cluster"
      urls = ["rediss://a", "rediss://b:7000", "rediss://a"]
      user = "u"
      password = "p"
      timeout = "1s"
      deadline = "4s"
      connect-timeout = "2s"
      retry = { total = 0, min-wait = "1ms", max-wait = "1ms" }
      breaker = { failures = 0, open-for = "1m" }
      key-prefix = "x:"
      lazy-connect = true
      shutdown-on-error = true
      keepalive = "never"
      protocol-version = "resp2"
      read-from-replicas = true
      tls = { ca = "ca.pem", cert = "/c.pem", key = '''${PEM}''', server-name = "n", verify = true }`,
      machine({ '/etc/ca.pem': PEM, '/c.pem': PEM }),
    );
    expect(store).toMatchObject({
      redisType: 'cluster',
      endpoints: [
        { host: 'a', port: 6379 },
        { host: 'b', port: 7000 },
      ],
      user: 'u',
      timeout: 1_000,
      deadline: 4_000,
      connectTimeout: 2_000,
      retry: { total: 0, minWait: 1, maxWait: 1 },
      breaker: { failures: 0, openFor: 60_000 },
      keyPrefix: 'x:',
      lazyConnect: true,
      shutdownOnError: true,
      keepalive: 0,
      protocolVersion: 'resp2',
      readFromReplicas: true,
      tls: { verify: true, ca: PEM, cert: PEM, serverName: 'n' },
    });
    expect(store.type === 'redis' && store.tls?.key?.reveal()).toBe(PEM);
  });

  it.each<[string, object]>([
    ['url = ["redis://h"]', { endpoints: [{ host: 'h', port: 6379 }] }],
    ['urls = "redis://h/3"', { endpoints: [{ host: 'h', port: 6379 }], database: 3 }],
    ['url = "redis://h/3"\ndatabase = 3', { database: 3 }],
    ['url = "redis://h"\ndatabase = 3', { database: 3 }],
    ['url = "redis://u:p@h"\nuser = "u"\npassword = "p"', { user: 'u' }],
    ['url = "redis://u@h"\npassword = "p"', { user: 'u' }],
    ['url = "redis://h?protocol=resp3"', { protocolVersion: 'resp3' }],
    ['url = "unix:///s?db=2"', { endpoints: [{ path: '/s' }], database: 2 }],
    ['url = "rediss://h"', { tls: { verify: true } }],
    ['url = "rediss://h#insecure"', { tls: { verify: false } }],
    ['url = "rediss://h#insecure"\ntls.verify = false', { tls: { verify: false } }],
    ['redis-type = "cluster"\nurl = "redis://h/0"', { redisType: 'cluster', database: 0 }],
  ])('%s', (lines, expected) => {
    expect(storeOf(`type = "redis"\n${lines}`)).toMatchObject(expected);
  });

  it.each<[string, string[], string[]]>([
    ['no URL', [], ['1:2 error: "url" is missing']],
    ['url with urls', ['url = "redis://h"', 'urls = ["redis://h"]'], ['4:8 error: "url" and "urls" are both given']],
    ['no URL in urls', ['urls = []'], ['3:8 error: "urls": expected at least one of the URLs']],
    ['a URL that is no text', ['url = 5'], ['3:7 error: "url": expected text, or an array of URLs']],
    [
      'several bad URLs',
      ['urls = ["redis://h:x", "redis://h", 5, "redis://::1"]'],
      [
        `3:9 error: "urls": the URL's port is not a number from 1 to 65535`,
        '3:37 error: "urls": expected text in quotes',
        '3:40 error: "urls": an IPv6 address stands in brackets',
      ],
    ],
    ['two URLs of a single server', ['urls = ["redis://a", "redis://b"]'], ['3:8 error: a single server has one URL']],
    [
      'an unknown topology',
      ['redis-type = "Single"', 'url = "redis://h"'],
      ['3:14 error: "redis-type": expected one of "single", "failover", "sentinel", "cluster", "auto"'],
    ],
    [
      'another user than the URL',
      ['url = "redis://u:p@h"', 'user = "v"'],
      ['4:8 error: "user" and the URL name different users'],
    ],
    [
      'another password',
      ['url = "redis://:p@h"', 'password = "q"'],
      ['4:12 error: "password" and the URL hold different passwords'],
    ],
    [
      'another database',
      ['url = "redis://h/1"', 'database = 2'],
      ['4:12 error: "database" and the URL name different databases'],
    ],
    [
      'another database than /0',
      ['url = "redis://h/0"', 'database = 2'],
      ['4:12 error: "database" and the URL name different databases'],
    ],
    [
      'another protocol',
      ['url = "redis://h?protocol=resp2"', 'protocol-version = "resp3"'],
      ['4:20 error: "protocol-version" and the URL name different protocols'],
    ],
    [
      'max-wait below min-wait',
      ['url = "redis://h"', 'retry.min-wait = "2s"', 'retry.max-wait = "1s"'],
      ['5:18 error: "retry.max-wait" is shorter than "retry.min-wait"'],
    ],
    [
      'min-wait above the default of max-wait',
      ['url = "redis://h"', 'retry.min-wait = "2s"'],
      ['4:18 error: "retry.max-wait" is shorter than "retry.min-wait"'],
    ],
    [
      'no follow-up of a wrong wait',
      ['url = "redis://h"', 'retry = { min-wait = "2s", max-wait = "x" }'],
      ['4:39 error: "retry.max-wait": expected a duration such as "10s" or "500ms"'],
    ],
    [
      'replicas of a single server',
      ['url = "redis://h"', 'read-from-replicas = true'],
      ['4:22 error: "read-from-replicas" needs redis-type = "cluster" or "sentinel"'],
    ],
    [
      'a failover list of one',
      ['redis-type = "failover"', 'url = "redis://h"'],
      ['4:7 error: a failover list has two URLs or more'],
    ],
    [
      'a failover list with a server twice, another database and another password',
      ['redis-type = "failover"', 'urls = ["redis://a/1", "redis://a:6379/1", "redis://b/2", "redis://:p@c/1"]'],
      [
        '4:24 error: this server is in the list twice',
        '4:44 error: the URLs of a failover list must agree: the database',
        '4:59 error: the URLs of a failover list must agree: the password',
      ],
    ],
    [
      'replicas of a failover list',
      ['redis-type = "failover"', 'urls = ["redis://a", "redis://b"]', 'read-from-replicas = true'],
      ['5:22 error: "read-from-replicas" needs redis-type = "cluster" or "sentinel"'],
    ],
    [
      'Sentinels without the name of a primary',
      ['redis-type = "sentinel"', 'url = "redis://h"'],
      ['1:2 error: "sentinel.name" is missing'],
    ],
    [
      'Sentinels that differ, and one behind a unix socket',
      [
        'redis-type = "sentinel"',
        'sentinel.name = "m"',
        'urls = ["redis://a/1", "rediss://b/1", "redis://c/2", "unix:///s?db=1"]',
      ],
      [
        '5:24 error: the URLs of Sentinels must agree: redis:// or rediss://',
        '5:40 error: the URLs of Sentinels must agree: the database',
        '5:55 error: a Sentinel is reached over TCP, not over a unix socket',
      ],
    ],
    [
      'a user for Sentinels without a password',
      ['redis-type = "sentinel"', 'sentinel = { name = "m", user = "u" }', 'url = "redis://h"'],
      ['4:33 warning: a user without a password: lookupd does not log in at the Sentinels'],
    ],
    [
      'keys of Sentinels without Sentinels',
      ['sentinel.name = "m"', 'url = "redis://h"'],
      ['3:17 error: "sentinel.name" needs redis-type = "sentinel"'],
    ],
    [
      'servers to find out about that differ',
      ['redis-type = "auto"', 'urls = ["redis://a/1", "redis://b", "rediss://c/1"]'],
      [
        '4:24 error: the URLs of redis-type = "auto" must agree: the database',
        '4:37 error: the URLs of redis-type = "auto" must agree: redis:// or rediss://',
      ],
    ],
    ['a table that is none', ['url = "redis://h"', 'retry = 3'], ['4:9 error: "retry" is a table']],
    ['a misspelt table', ['url = "redis://h"', '[store.s.retri]', 'total = 1'], ['4:10 error: unknown key "retri"']],
    [
      'a user without a password',
      ['url = "redis://u@h"'],
      ['3:7 warning: a user without a password: lookupd does not log in'],
    ],
    [
      'pool keys',
      ['url = "redis://h"', 'pool.max-connections = 10'],
      ['4:24 warning: "pool.max-connections" has no effect: all calls share one connection per node'],
    ],
    [
      'a wrong pool key',
      ['url = "redis://h"', 'pool.wait-timeout = "x"'],
      ['4:21 error: "pool.wait-timeout": expected a duration such as "10s" or "500ms"'],
    ],
  ])('%s', (_, lines, problems) => {
    expect(redis(...lines)).toEqual(problems);
  });

  it.each<[string, string[]]>([
    ['"redis://a", "rediss://b"', ['4:22 error: the URLs of a cluster must agree: redis:// or rediss://']],
    ['"rediss://a", "rediss://b#insecure"', ['4:23 error: the URLs of a cluster must agree: #insecure']],
    ['"redis://u:p@a", "redis://v:p@b"', ['4:26 error: the URLs of a cluster must agree: the user']],
    ['"redis://u:p@a", "redis://u:q@b"', ['4:26 error: the URLs of a cluster must agree: the password']],
    ['"redis://a", "redis://b?protocol=resp2"', ['4:22 error: the URLs of a cluster must agree: the protocol']],
    ['"redis://a", "redis://b/1"', ['4:22 error: a cluster has database 0 only']],
    ['"unix:///s"', ['4:9 error: a cluster is reached over TCP, not over a unix socket']],
    ['"redis://a"]\ndatabase = 1 #', ['5:12 error: a cluster has database 0 only']],
  ])('a cluster of %s', (urls, problems) => {
    const end = urls.includes(']') ? '' : ']';
    expect(redis('redis-type = "cluster"', `urls = [${urls}${end}`)).toEqual(problems);
  });

  it.each<[string, string[]]>([
    ['url = "redis://h"\ntls.ca = "/ca.pem"', ['4:10 error: "tls.ca" needs TLS']],
    ['url = "redis://h"\ntls.verify = false', ['4:14 error: "tls.verify" needs TLS']],
    ['url = "rediss://h#insecure"\ntls.verify = true', ['4:14 error: "tls.verify" contradicts #insecure in the URL']],
    ['url = "rediss://h"\ntls.cert = "/ca.pem"', ['4:12 error: "tls.cert" needs "tls.key"']],
    ['url = "rediss://h"\ntls.key = "/ca.pem"', ['4:11 error: "tls.key" needs "tls.cert"']],
    ['url = "rediss://h"\ntls.ca = "/gone.pem"', ['4:10 error: "tls.ca": cannot read the file: there is no such file']],
    [
      'url = "rediss://h:x"\ntls.ca = "/gone.pem"\ntls.cert = "/ca.pem"',
      [
        '3:7 error: "url": the URL\'s port is not a number from 1 to 65535',
        '4:10 error: "tls.ca": cannot read the file: there is no such file',
        '5:12 error: "tls.cert" needs "tls.key"',
      ],
    ],
    ['url = "rediss://h"\ntls.ca = "/text"', ['4:10 error: "tls.ca": the file is not PEM']],
    [
      'url = "rediss://h#insecure"',
      ['3:7 warning: the certificate is not verified: anybody between can read and change what is sent'],
    ],
    [
      'url = "rediss://h"\ntls = { cert = "/ca.pem", key = "/open.pem" }',
      ['4:33 warning: every user of this machine can read this key'],
    ],
  ])('TLS: %s', (lines, problems) => {
    const host = machine(
      { '/ca.pem': PEM, '/open.pem': PEM, '/text': 'x' },
      {},
      { '/ca.pem': 0o600, '/open.pem': 0o644 },
    );
    expect(problemsOf(`[store.s]\ntype = "redis"\n${lines}`, host)).toEqual(problems);
  });
});

describe('a near cache', () => {
  it.each([
    ['', undefined],
    ['near-cache.max-entries = 5', { maxEntries: 5, ttl: 60_000 }],
    ['near-cache.ttl = "5s"', { maxEntries: 100_000, ttl: 5000 }],
  ])('is there when one of its keys is: %s', (line, nearCache) => {
    expect(storeOf(`type = "redis"\nurl = "redis://h"\n${line}`)).toMatchObject({ nearCache });
  });
});

describe('the type of a store', () => {
  it.each<[string, string[], string | undefined]>([
    [
      'timeout = "x"',
      ['1:2 error: "type" is missing', '2:11 error: "timeout": expected a duration such as "10s" or "500ms"'],
      'it is "redis", "embedded" or "sharded-in-memory", as in type = "redis"',
    ],
    [
      'data = {}',
      ['1:2 error: "type" is missing'],
      'it is "redis", "embedded" or "sharded-in-memory", as in type = "redis"',
    ],
    ['typ = "redis"', ['2:1 error: unknown key "typ"'], 'did you mean "type"?'],
    [
      'type = "Redis"',
      ['2:8 error: "type": expected one of "redis", "embedded", "sharded-in-memory"'],
      'did you mean "redis"?',
    ],
    [
      'type = "rocksdb"\npath = "/x"',
      ['2:8 error: "type": expected one of "redis", "embedded", "sharded-in-memory"'],
      undefined,
    ],
    [
      'type = "redsi"\nurl = "x"',
      [
        '2:8 error: "type": expected one of "redis", "embedded", "sharded-in-memory"',
        '3:7 error: "url": expected a URL',
      ],
      'did you mean "redis"?',
    ],
    ['type = 1', ['2:8 error: "type": expected text in quotes'], undefined],
    [
      'type = "embedded"\nurl = "redis://h"',
      ['3:1 error: unknown key "url"'],
      'it belongs to stores of type = "redis"',
    ],
    [
      'type = "redis"\nurl = "redis://h"\ndata = {}',
      ['4:1 error: unknown key "data"'],
      'it belongs to stores of type = "embedded"',
    ],
  ])('%s', (lines, problems, hint) => {
    expect(problemsOf(`[store.s]\n${lines}`)).toEqual(problems);
    expect(hintOf(`[store.s]\n${lines}`)).toBe(hint);
  });
});

describe('an embedded store', () => {
  it('starts with its data, as text in the order of the file', () => {
    const store = storeOf(
      'type = "embedded"\n[store.s.data]\n"b" = "007"\n10 = 1_000\n2 = true\nexample.com = "x"\nf = 1.50\nh = 0x10\n"" = ""',
    );
    expect(store.type === 'embedded' && [...store.data]).toEqual([
      ['b', '007'],
      ['10', '1000'],
      ['2', '1'],
      ['example.com', 'x'],
      ['f', '1.50'],
      ['h', '16'],
      ['', ''],
    ]);
  });

  it.each([
    ['data = 1', '3:8 error: "data" is a table'],
    ['data = { k = 1979-05-27 }', '3:14 error: a date or a time is no value of a list'],
    ['data = { k = [1] }', '3:14 error: expected text, a number, true or false'],
    ['data = { "a.b" = 1, a.b = 2 }', '3:23 error: the key "a.b" is there twice'],
  ])('%s', (line, problem) => {
    expect(problemsOf(`[store.s]\ntype = "embedded"\n${line}`)).toEqual([problem]);
  });

  it('has no files and listens nowhere unless told to', () => {
    expect(storeOf('type = "embedded"')).toMatchObject({ files: undefined, primary: undefined, listen: [] });
  });

  it('takes every key about its files, whom it follows and where it listens', () => {
    const store = storeOf(
      `type = "embedded"
      path = "data"
      appendfsync = "always"
      save = " 60  1 "
      replicaof = "redis://u:hunter2@h:7000"
      listen = ["127.0.0.1:6380", "unix:/run/redis.sock"]
      mode = "0660"
      password = "p"`,
    );
    expect(store).toMatchObject({
      files: { path: '/etc/data', appendonly: true, appendfsync: 'always', save: '60 1' },
      primary: { host: 'h', port: 7000, user: 'u' },
      listen: [{ host: '127.0.0.1', port: 6380 }, { path: '/run/redis.sock' }],
      mode: 0o660,
    });
    expect(JSON.stringify(store)).not.toContain('hunter2');
  });

  it.each([
    ['replicaof = "h 7000"', 'h', 7000],
    ['replicaof = "::1 7000"', '::1', 7000],
    ['replicaof = "h:7000"', 'h', 7000],
    ['replicaof = "redis://h"', 'h', 6379],
  ])('follows %s', (line, host, port) => {
    expect(storeOf(`type = "embedded"\n${line}`)).toMatchObject({ primary: { host, port } });
  });

  it('follows over TLS', () => {
    const pem = '-----BEGIN CERTIFICATE-----';
    const lines = `replicaof = "rediss://h:7000"\ntls.ca = "${pem}"\ntls.server-name = "n"`;
    expect(storeOf(`type = "embedded"\n${lines}`)).toMatchObject({
      primary: { host: 'h', port: 7000, tls: true },
      primaryTls: { verify: true, ca: pem, cert: undefined, serverName: 'n' },
    });
  });

  it.each([
    ['path = ""', '3:8 error: "path": expected text that is not empty'],
    ['appendonly = false', '3:14 error: "appendonly" needs "path"'],
    ['save = "60 1"', '3:8 error: "save" needs "path"'],
    ['path = "d"\nsave = "60"', '4:8 error: "save": expected pairs of seconds and changes'],
    ['path = "d"\nappendonly = false\nappendfsync = "no"', '5:15 error: "appendfsync" needs the append-only file'],
    ['replicaof = "redis://h"\ntls.ca = "ca.pem"', '4:10 error: "tls.ca" needs TLS'],
    ['tls.verify = false', '3:14 error: "tls.verify" needs TLS'],
    ['replicaof = "rediss://h"\ntls.cert = "-----BEGIN X-----"', '4:12 error: "tls.cert" needs "tls.key"'],
    [
      'replicaof = "rediss://h#insecure"',
      '3:13 warning: the certificate is not verified: anybody between can read and change what is sent',
    ],
    ['replicaof = "unix:/s"', '3:13 error: "replicaof": a primary is reached over TCP, not over a unix socket'],
    ['replicaof = "h:1"\ndata.k = "v"', '4:1 error: a store that follows another one has the data of that one'],
    ['listen = "127.0.0.1:1"\nmode = "0660"', '4:8 error: "mode" is for unix sockets, and "listen" has none'],
    ['password = "p"', '3:12 error: "password" is for those who connect'],
    ['listen = "0.0.0.0:1"', '3:10 warning: other machines are refused here: there is no password'],
    ['listen = "0.0.0.0:1"\npassword = "p"', undefined],
  ])('is checked: %s', (lines, problem) => {
    expect(problemsOf(`[store.s]\ntype = "embedded"\n${lines}`)).toEqual(problem === undefined ? [] : [problem]);
  });

  it('tells who can read its passwords', () => {
    const lines = 'listen = "127.0.0.1:1"\npassword = "p"\nreplicaof = "redis://:q@h"';
    const host = machine({}, {}, { '/etc/lookupd.toml': 0o644 });
    const { problems } = readConfig(
      { text: `[store.s]\ntype = "embedded"\n${lines}`, file: '/etc/lookupd.toml' },
      host,
    );
    expect(problems.map(({ line }) => line)).toEqual([4, 5]);
  });
});

describe('a static list', () => {
  it('has its values converted, in the order of the file', () => {
    const config = configOf('[lookup.l]\n"*@x" = true\n9 = "007"\n1 = "1.50"\na.b = "x"\n"q r" = 1e5');
    const list = config.lookups.get('l')!;
    expect(list.kind === 'static' && [...list.entries]).toEqual([
      ['*@x', '1'],
      ['9', '7'],
      ['1', '1.5'],
      ['a.b', 'x'],
      ['q r', '1e5'],
    ]);
  });

  it.each(['1979-05-27', '07:32:00', '1979-05-27T07:32:00Z'])('has no dates and times: %s', (value) => {
    const text = `[lookup.l]\nd = ${value}`;
    expect(problemsOf(text)).toEqual(['2:5 error: a date or a time is no value of a list']);
    expect(hintOf(text)).toBe(`as text: "${value}"`);
  });

  it('cannot have the id of a store', () => {
    expect(problemsOf('[store.x]\ntype = "embedded"\n[lookup.x]\na = 1')).toEqual([
      '3:9 error: the id "x" is used twice',
    ]);
  });
});

describe('a sharded store', () => {
  const SHARDS =
    '[store.a]\ntype = "embedded"\n[store.b]\ntype = "embedded"\nkey-prefix = "b:"\n[store.c]\ntype = "embedded"\n';
  const sharded = (lines: string) => `[store.s]\ntype = "sharded-in-memory"\n${lines}\n${SHARDS}`;

  it('names its stores in order, wherever they stand', () => {
    expect(configOf(sharded('stores = ["c", "a"]')).stores.get('s')).toMatchObject({
      type: 'sharded-in-memory',
      stores: ['c', 'a'],
      keyPrefix: '',
    });
  });

  it.each<[string, string[]]>([
    ['', ['1:2 error: "stores" is missing']],
    ['stores = ["a"]', ['3:10 error: a sharded store has at least two stores']],
    ['stores = ["a", "a"]', ['3:10 error: "stores": one of the stores is named twice']],
    ['stores = ["a", "d"]', ['3:16 error: there is no store "d"']],
    ['stores = ["a", "b"]', ['3:10 error: the stores of a sharded one have the same "key-prefix"']],
    ['stores = ["a", "c"]\ntimeout = "1s"', ['4:1 error: unknown key "timeout"']],
    [
      'stores = ["a", "t"]\n[store.t]\ntype = "sharded-in-memory"\nstores = ["a", "c"]',
      ['3:16 error: a sharded store cannot be a part of another'],
    ],
  ])('%j', (lines, problems) => {
    expect(problemsOf(sharded(lines))).toEqual(problems);
  });
});

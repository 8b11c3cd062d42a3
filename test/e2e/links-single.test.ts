import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { RedisStoreConfig } from '../../src/config/model.js';
import { Secret } from '../../src/config/secret.js';
import type { CallOptions, Link } from '../../src/links/link.js';
import { ReplyError } from '../../src/resp/reply.js';
import { linkConfig, loopback, testLink } from '../harness/links.js';
import { requireProgram } from '../harness/programs.js';
import { type RedisServer, startRedis } from '../harness/redis.js';
import { until } from '../harness/until.js';

const PASSWORD = 'p4ss w0rd';

describe.skipIf(!requireProgram('redis'))('a single link to a real Redis', () => {
  let redis: RedisServer;
  let link: Link | undefined;

  beforeAll(async () => {
    redis = await startRedis({ tls: true, password: PASSWORD });
    await redis.command('ACL', 'SETUSER', 'mail', 'on', '>secret', '~*', '&*', '+@all');
  });

  afterAll(() => redis.stop());

  afterEach(async () => {
    await link?.close();
    link = undefined;
    redis.resume();
  });

  function open(overrides: Partial<RedisStoreConfig> = {}): Link {
    link = testLink({ endpoints: [loopback(redis.port)], password: new Secret(PASSWORD), ...overrides });
    return link;
  }

  function within(ms = 5000): CallOptions {
    return { deadline: Date.now() + ms };
  }

  const insecure = { verify: false, ca: undefined, cert: undefined, key: undefined, serverName: undefined };
  const verified = () => ({ ...insecure, verify: true, ca: redis.certificates?.ca });
  const certified = () => {
    const { clientCert, clientKey } = redis.certificates!;
    return { ...verified(), cert: clientCert, key: new Secret(clientKey) };
  };

  const transports: [string, () => Partial<RedisStoreConfig>][] = [
    ['TCP', () => ({})],
    ['TCP, RESP2', () => ({ protocolVersion: 'resp2' })],
    ['TCP, RESP3', () => ({ protocolVersion: 'resp3' })],
    ['a user of the ACL', () => ({ user: 'mail', password: new Secret('secret') })],
    ['a unix socket', () => ({ endpoints: [{ path: redis.path }] })],
    ['TLS, not verified', () => ({ endpoints: [loopback(redis.tlsPort)], tls: insecure })],
    ['TLS with our own authority', () => ({ endpoints: [loopback(redis.tlsPort)], tls: verified() })],
    ['TLS with a client certificate', () => ({ endpoints: [loopback(redis.tlsPort)], tls: certified() })],
    [
      'TLS with a server name',
      () => ({ endpoints: [loopback(redis.tlsPort)], tls: { ...verified(), serverName: 'localhost' } }),
    ],
  ];

  test.each(transports)('works over %s', async (_name, overrides) => {
    open(overrides());
    await link!.open(Date.now() + 5000);
    await link!.command(['DEL', 'h'], within());
    const outcomes = await link!.pipeline(
      [
        ['SET', 'key', Buffer.from([0, 255, 13, 10])],
        ['GET', 'key'],
        ['GET', 'missing'],
        ['DEL', 'key'],
        ['HSET', 'h', 'f', 'ü'],
        ['LPOP', 'h'],
      ],
      within(),
    );
    expect(outcomes).toEqual(['OK', Buffer.from([0, 255, 13, 10]), null, 1, 1, expect.any(ReplyError)]);
    const hash = await link!.command(['HGETALL', 'h'], within());
    const flat = hash instanceof Map ? [...hash].flat() : hash;
    expect(flat).toEqual([Buffer.from('f'), Buffer.from('ü')]);
  });

  test.each<[string, () => Partial<RedisStoreConfig>, string]>([
    ['a wrong password', () => ({ password: new Secret('wrong') }), 'denied'],
    ['no password', () => ({ password: undefined }), 'denied'],
    ['a database that is not there', () => ({ database: 99 }), 'denied'],
    [
      'an unknown authority',
      () => ({ endpoints: [loopback(redis.tlsPort)], tls: { ...verified(), ca: undefined } }),
      'connection',
    ],
    [
      'another server name',
      () => ({ endpoints: [loopback(redis.tlsPort)], tls: { ...verified(), serverName: 'other.example' } }),
      'connection',
    ],
    [
      'TLS where there is none',
      () => ({ endpoints: [loopback(redis.port)], tls: insecure, connectTimeout: 500 }),
      'connection',
    ],
    [
      'no TLS where it is asked for',
      () => ({ endpoints: [loopback(redis.tlsPort)], connectTimeout: 500 }),
      'connection',
    ],
  ])('does not open with %s', async (_what, overrides, kind) => {
    const error: unknown = await open(overrides())
      .open(Date.now() + 3000)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind, details: { maybeExecuted: false } });
    expect(String((error as Error).stack)).not.toContain(PASSWORD);
  });

  test('keeps counters exact beyond 2^53', async () => {
    open();
    await link!.command(['SET', 'n', '9007199254740991'], within());
    expect(await link!.command(['INCRBY', 'n', 0], within())).toBe(9_007_199_254_740_991);
    expect(await link!.command(['INCRBY', 'n', 1], within())).toBe(9_007_199_254_740_992n);
    expect(await link!.command(['INCRBY', 'n', 2n ** 62n], within())).toBe(2n ** 62n + 2n ** 53n);
  });

  test('selects the database again after a reconnect', async () => {
    open({ database: 5 });
    await link!.command(['SET', 'only-in-5', 'x'], within());
    await redis.command('CLIENT', 'KILL', 'TYPE', 'normal');
    await until(
      async () => String(await link!.command(['GET', 'only-in-5'], within()).catch(() => '')) === 'x',
      'it is back',
    );
  });

  test('takes many large values in one go', async () => {
    open();
    const value = Buffer.alloc(300_000, 'x');
    const keys = Array.from({ length: 60 }, (_, i) => `large${i}`);
    await link!.pipeline(
      keys.map((key) => ['SET', key, value]),
      within(),
    );
    const values = await link!.command(['MGET', ...keys], within());
    expect((values as Buffer[]).every((each) => each.equals(value))).toBe(true);
    await link!.command(['DEL', ...keys], within());
  });

  test('lets a transaction pass as one pipeline', async () => {
    open();
    const outcomes = await link!.pipeline([['MULTI'], ['SET', 't', '1'], ['GET', 't'], ['EXEC']], within());
    expect(outcomes).toEqual(['OK', 'QUEUED', 'QUEUED', ['OK', Buffer.from('1')]]);
  });

  test('blocking commands hold up nothing, and end without a loss', async () => {
    open();
    const popped = link!.command(['BLPOP', 'queue', 0], within(10_000));
    await until(async () => /blocked_clients:1/.test(String(await redis.command('INFO', 'clients'))), 'it blocks');
    await link!.pipeline(
      [
        ['GET', 'a'],
        ['RPUSH', 'queue', 'one'],
      ],
      within(),
    );
    expect(await popped).toEqual([Buffer.from('queue'), Buffer.from('one')]);
    await expect(link!.command(['BLPOP', 'queue', 0], within(50))).rejects.toMatchObject({ kind: 'timeout' });
    await until(
      async () => /blocked_clients:0/.test(String(await redis.command('INFO', 'clients'))),
      'the server knows',
    );
    await link!.command(['RPUSH', 'queue', 'two'], within());
    expect(await link!.command(['LPOP', 'queue'], within())).toEqual(Buffer.from('two'));
  });

  test('a silent server costs a call its deadline, and is used again when it speaks', async () => {
    open({ timeout: 300 });
    await link!.open(Date.now() + 5000);
    redis.pause();
    await expect(link!.command(['INCR', 'silent'], within(100))).rejects.toMatchObject({
      kind: 'timeout',
      details: { maybeExecuted: true },
    });
    await until(() => link!.topology().nodes[0]?.status === 'disconnected', 'the connection is given up');
    redis.resume();
    await until(async () => (await link!.command(['PING'], within()).catch(() => '')) === 'PONG', 'it answers');
  });

  test('a killed server is unreachable at once, and back after its restart', async () => {
    const own = await startRedis();
    const ownLink = testLink(linkConfig({ endpoints: [loopback(own.port)] }));
    try {
      await ownLink.open(Date.now() + 5000);
      await own.kill();
      await expect(ownLink.command(['GET', 'a'], within())).rejects.toMatchObject({ kind: 'connection' });
      await own.restart();
      await until(async () => (await ownLink.command(['PING'], within()).catch(() => '')) === 'PONG', 'it answers');
    } finally {
      await ownLink.close();
      await own.stop();
    }
  });

  test.each(['resp2', 'resp3'] as const)('subscriptions survive a reconnect with %s', async (protocolVersion) => {
    open({ protocolVersion });
    const channel = Buffer.from([0x63, 0xff, 0x68]);
    const messages: string[] = [];
    const end = await link!.subscribe(channel, (message) => messages.push(message.toString()), within());
    const publish = (text: string) => link!.command(['PUBLISH', channel, text], within());
    expect(await publish('first')).toBe(1);
    await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until(async () => (await publish('second').catch(() => 0)) === 1, 'it is subscribed again');
    await until(() => messages.includes('second'), 'the message comes');
    expect(messages[0]).toBe('first');
    await end();
    await until(async () => (await publish('third')) === 0, 'nobody is subscribed');
    expect(messages).not.toContain('third');
  });
});

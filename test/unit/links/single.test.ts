import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RedisStoreConfig } from '../../../src/config/model.js';
import { Secret } from '../../../src/config/secret.js';
import { type Command, type Link, LinkError } from '../../../src/links/link.js';
import { ReplyError } from '../../../src/resp/reply.js';
import { ManualClock } from '../../../src/testing/clock.js';
import { FakeRedis } from '../../harness/fake-redis.js';
import { linkConfig, loopback, testLink } from '../../harness/links.js';
import { until } from '../../harness/until.js';

let server: FakeRedis;
let clock: ManualClock;
let link: Link;
const unhandled: unknown[] = [];
const noteUnhandled = (error: unknown) => unhandled.push(error);

beforeEach(async () => {
  process.on('unhandledRejection', noteUnhandled);
  server = await FakeRedis.start();
  clock = new ManualClock();
  link = openLink();
});

afterEach(async () => {
  await link.close();
  await server.close();
  process.off('unhandledRejection', noteUnhandled);
  expect(unhandled).toEqual([]);
});

function openLink(overrides: Partial<RedisStoreConfig> = {}): Link {
  return testLink({ endpoints: [loopback(server.port)], timeout: 1000, connectTimeout: 500, ...overrides }, clock);
}

function call(command: Command, ms = 5000): Promise<unknown> {
  return link.command(command, { deadline: clock.now() + ms });
}

/** What a call fails with. */
async function failure(promise: Promise<unknown>): Promise<LinkError> {
  const error = await promise.then(
    (value) => new Error(`answered ${String(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof LinkError)) throw error;
  return error;
}

describe('a server that accepts and stays silent', () => {
  test('costs a call its deadline, and the connection after the timeout', async () => {
    const first = failure(call(['INCR', 'a'], 300));
    const second = failure(call(['INCR', 'b'], 5000));
    await server.got('INCR', 2);
    await clock.advanceAsync(400);
    expect(await first).toMatchObject({ kind: 'timeout', details: { node: server.name, maybeExecuted: true } });
    await clock.advanceAsync(700);
    const error = await second;
    expect(error).toMatchObject({ kind: 'timeout', details: { maybeExecuted: true } });
    expect(error.message).toBe(`${server.name}: no answer for 1000 ms`);
    // It heals: a new connection is there for the next call.
    server.script = ([name]) => (name === 'GET' ? '+back\r\n' : undefined);
    await clock.advanceAsync(100);
    expect(await call(['GET', 'a'])).toBe('back');
    expect(server.sockets).toHaveLength(2);
  });

  test('never answers a later call with a late reply', async () => {
    const late = failure(call(['GET', 'slow'], 100));
    await server.got('GET');
    await clock.advanceAsync(200);
    await late;
    const next = call(['GET', 'next']);
    await server.got('GET', 2);
    server.send('$4\r\nslow\r\n$4\r\nnext\r\n');
    expect(String(await next)).toBe('next');
  });

  test('in the middle of a pipeline leaves the replies that came', async () => {
    server.script = ([name]) => (name === 'GET' ? '$1\r\nA\r\n' : undefined);
    const outcomes = link.pipeline(
      [
        ['GET', 'a'],
        ['INCR', 'b'],
      ],
      { deadline: clock.now() + 100 },
    );
    await server.got('INCR');
    await clock.advanceAsync(200);
    const [first, second] = await outcomes;
    expect(String(first)).toBe('A');
    expect(second).toMatchObject({ kind: 'timeout', details: { maybeExecuted: true } });
  });

  test('during the handshake costs the connect timeout', async () => {
    server.script = () => '';
    const opened = failure(link.open(clock.now() + 5000) as Promise<unknown>);
    await server.got('HELLO');
    await clock.advanceAsync(600);
    const error = await opened;
    expect(error).toMatchObject({ kind: 'connection', details: { node: server.name, maybeExecuted: false } });
    expect(error.message).toContain('no answer within 500 ms');
  });

  test('during the handshake leaves calls surely not executed', async () => {
    server.script = () => '';
    const waiting = failure(call(['INCR', 'a'], 200));
    await server.got('HELLO');
    await clock.advanceAsync(200);
    expect(await waiting).toMatchObject({ kind: 'timeout', details: { maybeExecuted: false } });
    expect(server.count('INCR')).toBe(0);
  });
});

describe('a connection that comes to stand', () => {
  test('is told, each time, once the handshake was answered', async () => {
    const told: string[] = [];
    link.onConnected?.((node) => told.push(node));
    server.script = () => '+OK\r\n';
    await call(['SET', 'a', 1]);
    expect(told).toEqual([server.name]);
    // The kernel accepts, nobody answers.
    const introductions = () => server.received.filter(([name]) => name === 'HELLO').length;
    server.script = ([name]) => (name === 'HELLO' || name === 'CLIENT' ? '' : undefined);
    const before = introductions();
    server.drop();
    await until(async () => {
      await clock.advanceAsync(100);
      return introductions() > before;
    }, 'another attempt');
    expect(told).toHaveLength(1);
    server.script = () => undefined;
    await until(async () => {
      await clock.advanceAsync(100);
      return told.length === 2;
    }, 'the connection');
  });
});

describe('a connection that breaks', () => {
  test.each([
    ['at once', 'close'],
    ['in the middle of a reply', '$10\r\nabc'],
    ['with something that is no RESP', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ])('%s leaves what was sent perhaps executed, and comes back', async (_when, answer) => {
    server.script = ([name]) => (name === 'INCR' ? answer : name === 'GET' ? '+back\r\n' : undefined);
    const broken = failure(call(['INCR', 'a']));
    await server.got('INCR');
    if (answer.startsWith('$')) server.drop();
    expect(await broken).toMatchObject({ kind: 'connection', details: { node: server.name, maybeExecuted: true } });
    const again = call(['GET', 'a']);
    await clock.advanceAsync(200);
    expect(await again).toBe('back');
    expect(server.count('INCR')).toBe(1);
  });

  test('that an unasked reply came on is given up', async () => {
    await link.open(clock.now() + 1000);
    server.send('+surprise\r\n');
    await until(() => link.topology().nodes[0]?.status === 'disconnected', 'the link hangs up');
  });

  test('is a refused one: calls fail with the attempt, not executed', async () => {
    await server.close();
    const error = await failure(call(['GET', 'a']));
    expect(error).toMatchObject({ kind: 'connection', details: { maybeExecuted: false } });
    expect(error.message).toContain('ECONNREFUSED');
    server = await FakeRedis.start();
  });
});

describe('the handshake', () => {
  const password = 'p4ss-w0rd';
  const withPassword = { user: 'mail', password: new Secret(password) };
  const serving: FakeRedis['script'] = ([name]) => (name === 'GET' ? '+ok\r\n' : undefined);

  test.each<[string, string]>([
    ['refuses the protocol', '-NOPROTO unsupported protocol version\r\n'],
    ['does not know HELLO', "-ERR unknown command 'HELLO'\r\n"],
    ['closes at HELLO, as some proxies do', 'close'],
    ['has another error for HELLO', '-ERR invalid command\r\n'],
  ])('falls back to RESP2 where the server %s', async (_what, answer) => {
    await link.close();
    link = openLink({ ...withPassword, database: 2 });
    server.script = (words, connection) => {
      if (words[0] === 'HELLO') return answer;
      if (words[0] === 'AUTH' || words[0] === 'SELECT') return '+OK\r\n';
      return serving(words, connection);
    };
    expect(await call(['GET', 'a'])).toBe('ok');
    expect(server.received).toContainEqual(['AUTH', 'mail', password]);
    expect(server.received).toContainEqual(['SELECT', '2']);
  });

  test('does not fall back when RESP3 is asked for', async () => {
    await link.close();
    link = openLink({ protocolVersion: 'resp3' });
    server.script = ([name]) => (name === 'HELLO' ? '-NOPROTO unsupported protocol version\r\n' : undefined);
    const error = await failure(call(['GET', 'a']));
    expect(error.kind).toBe('denied');
    expect(error.message).toContain('RESP3');
  });

  test('sends no HELLO when RESP2 is asked for', async () => {
    await link.close();
    link = openLink({ protocolVersion: 'resp2' });
    server.script = serving;
    expect(await call(['GET', 'a'])).toBe('ok');
    expect(server.count('HELLO')).toBe(0);
  });

  test('fails when the database is refused', async () => {
    await link.close();
    link = openLink({ database: 99 });
    server.script = ([name]) => (name === 'SELECT' ? '-ERR DB index is out of range\r\n' : undefined);
    const error = await failure(call(['GET', 'a']));
    expect(error).toMatchObject({ kind: 'denied', details: { maybeExecuted: false } });
    expect(server.count('GET')).toBe(0);
  });

  test('waits while the server is loading or full, rather than call it denied', async () => {
    server.script = ([name]) => (name === 'HELLO' ? '-ERR max number of clients reached\r\n' : undefined);
    expect(await failure(call(['GET', 'a']))).toMatchObject({ kind: 'connection' });
  });

  const echo = `-ERR odd command, with args beginning with: '3' 'AUTH' 'mail' '${password}'\r\n`;
  test.each<[RedisStoreConfig['protocolVersion'], string]>([
    ['resp3', echo],
    ['auto', echo],
    ['resp2', echo],
    ['resp2', `-ERR what is ${password}?\r\n`],
  ])('with %s shows no password, not even one that the server echoes', async (protocolVersion, answer) => {
    await link.close();
    link = openLink({ ...withPassword, protocolVersion });
    server.script = ([name]) => (name === 'HELLO' || name === 'AUTH' ? answer : undefined);
    const error = await failure(call(['GET', 'a']));
    expect(error.kind).toBe('denied');
    expect(JSON.stringify([error, error.message, error.stack, String(error.cause)])).not.toContain(password);
  });
});

describe('replies', () => {
  test.each<[string, unknown]>([
    [':9007199254740991\r\n', 9_007_199_254_740_991],
    [':9007199254740992\r\n', 9_007_199_254_740_992n],
    [':-9223372036854775808\r\n', -(2n ** 63n)],
    ['+OK\r\n', 'OK'],
    ['$2\r\nOK\r\n', Buffer.from('OK')],
    ['%1\r\n$1\r\nf\r\n$1\r\nv\r\n', new Map([[Buffer.from('f'), Buffer.from('v')]])],
    ['#t\r\n', true],
    ['_\r\n', null],
  ])('%j keep their kind', async (wire, value) => {
    server.script = ([name]) => (name === 'HGETALL' ? wire : undefined);
    expect(await call(['HGETALL', 'h'])).toEqual(value);
  });

  test('that are errors reject a command and stand in a pipeline', async () => {
    server.script = ([name]) => (name === 'GET' ? '-WRONGTYPE no string\r\n' : undefined);
    await expect(call(['GET', 'a'])).rejects.toThrow(new ReplyError('WRONGTYPE no string'));
    const [outcome] = await link.pipeline([['GET', 'a']], { deadline: clock.now() + 100 });
    expect(outcome).toBeInstanceOf(ReplyError);
  });

  test('are told apart from pushes', async () => {
    server.script = ([name]) => (name === 'GET' ? '>2\r\n+invalidate\r\n*1\r\n+a\r\n+value\r\n' : undefined);
    expect(await call(['GET', 'a'])).toBe('value');
  });
});

describe('calls', () => {
  test('of one tick are one write', async () => {
    await link.open(clock.now() + 1000);
    const chunks: number[] = [];
    server.sockets[0]?.on('data', (chunk: Buffer) => chunks.push(chunk.length));
    server.script = ([name]) => (name === 'GET' ? '_\r\n' : undefined);
    await Promise.all(Array.from({ length: 20 }, (_, i) => call(['GET', `key${i}`])));
    expect(chunks).toHaveLength(1);
  });

  test('end when their caller gives up, before and after they were sent', async () => {
    const early = AbortSignal.abort();
    const options = { deadline: clock.now() + 1000 };
    const unsent = await failure(link.command(['GET', 'a'], { ...options, signal: early }));
    expect(unsent).toMatchObject({ kind: 'aborted', details: { maybeExecuted: false } });
    const controller = new AbortController();
    const sent = failure(link.command(['INCR', 'a'], { ...options, signal: controller.signal }));
    await server.got('INCR');
    controller.abort();
    expect(await sent).toMatchObject({ kind: 'aborted', details: { maybeExecuted: true } });
  });

  test('that cannot be sent are misuse, and hurt no other', async () => {
    server.script = ([name]) => (name === 'GET' ? '+fine\r\n' : undefined);
    await link.open(clock.now() + 1000);
    const [misuse, other] = await Promise.allSettled([
      call(['GET', undefined as unknown as string]),
      call(['GET', 'a']),
    ]);
    expect(misuse).toMatchObject({ status: 'rejected', reason: expect.any(TypeError) });
    expect(other).toMatchObject({ value: 'fine' });
  });

  test('are refused when too many wait for a connection', async () => {
    server.script = () => '';
    const many = Array.from({ length: 10_000 }, (): Command => ['GET', 'a']);
    const waiting = link.pipeline(many, { deadline: clock.now() + 1000 });
    expect(await failure(call(['GET', 'b']))).toMatchObject({ kind: 'overloaded', details: { maybeExecuted: false } });
    await link.close();
    expect((await waiting)[0]).toMatchObject({ kind: 'closed' });
  });

  test('after close are refused, those before it end', async () => {
    const pending = failure(call(['INCR', 'a']));
    await server.got('INCR');
    await link.close();
    expect(await pending).toMatchObject({ kind: 'closed', details: { maybeExecuted: true } });
    expect(await failure(call(['GET', 'a']))).toMatchObject({ kind: 'closed', details: { maybeExecuted: false } });
  });

  test('that block do not hold up others', async () => {
    server.script = ([name]) => (name === 'GET' ? '+quick\r\n' : undefined);
    const blocked = failure(call(['BLPOP', 'list', 0], 3000));
    await server.got('BLPOP');
    expect(await call(['GET', 'a'])).toBe('quick');
    // Its silence is not the server's: only its deadline ends it, and its connection.
    await clock.advanceAsync(2000);
    expect(server.sockets.filter((socket) => !socket.destroyed)).toHaveLength(2);
    await clock.advanceAsync(1100);
    expect(await blocked).toMatchObject({ kind: 'timeout', details: { maybeExecuted: true } });
    await until(() => server.sockets.filter((socket) => !socket.destroyed).length === 1, 'the blocked connection ends');
  });

  test('that would change the connection are not sent', async () => {
    const outcomes = await link.pipeline(
      [
        ['SUBSCRIBE', 'a'],
        ['SELECT', 1],
      ],
      { deadline: clock.now() + 100 },
    );
    expect(outcomes.map(String)).toEqual([
      'ReplyError: ERR SUBSCRIBE is not available on a connection that calls share',
      'ReplyError: ERR SELECT is not available on a connection that calls share',
    ]);
  });
});

describe('a script', () => {
  const script = { name: 'test', source: 'return 1', sha: 'a'.repeat(40) };

  test('is loaded where the server does not know it', async () => {
    server.script = ([name]) =>
      name === 'EVALSHA' ? '-NOSCRIPT No matching script.\r\n' : name === 'EVAL' ? ':1\r\n' : undefined;
    expect(await link.script(script, ['k'], [7], { deadline: clock.now() + 1000 })).toBe(1);
    expect(server.received.slice(-2)).toEqual([
      ['EVALSHA', script.sha, '1', 'k', '7'],
      ['EVAL', script.source, '1', 'k', '7'],
    ]);
  });

  test('is sent once otherwise', async () => {
    server.script = ([name]) => (name === 'EVALSHA' ? '-ERR script failed\r\n' : undefined);
    await expect(link.script(script, [], [], { deadline: clock.now() + 1000 })).rejects.toThrow('script failed');
    expect(server.count('EVAL')).toBe(0);
  });
});

test('a store without an address is misuse', () => {
  expect(() => testLink(linkConfig({ endpoints: [] }))).toThrow('no address');
});

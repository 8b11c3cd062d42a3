import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RedisStoreConfig } from '../../../src/config/model.js';
import type { Command, Link, LinkError } from '../../../src/links/link.js';
import { ReplyError } from '../../../src/resp/reply.js';
import { ManualClock } from '../../../src/testing/clock.js';
import { FakeRedis, type Script } from '../../harness/fake-redis.js';
import { loopback, testLink } from '../../harness/links.js';
import { until } from '../../harness/until.js';

// Three servers, each of which answers with its own name.
let servers: [FakeRedis, FakeRedis, FakeRedis];
let first: FakeRedis;
let second: FakeRedis;
let third: FakeRedis;
let clock: ManualClock;
let link: Link;
const unhandled: unknown[] = [];
const noteUnhandled = (error: unknown) => unhandled.push(error);

const NAMES = ['first', 'second', 'third'] as const;

beforeEach(async () => {
  process.on('unhandledRejection', noteUnhandled);
  servers = [await FakeRedis.start(), await FakeRedis.start(), await FakeRedis.start()];
  [first, second, third] = servers;
  for (const [i, server] of servers.entries()) server.script = naming(NAMES[i]!);
  clock = new ManualClock();
  link = open();
});

afterEach(async () => {
  await link.close();
  await Promise.all(servers.map((server) => server.close()));
  process.off('unhandledRejection', noteUnhandled);
  expect(unhandled).toEqual([]);
});

function naming(name: string): Script {
  return ([command]) => (['GET', 'SET', 'INCR', 'EVAL'].includes(command!) ? `+${name}\r\n` : undefined);
}

/** Answers all but the handshake with an error. */
function answering(error: string): Script {
  return ([command]) => (command === 'HELLO' || command === 'CLIENT' ? undefined : `-${error}\r\n`);
}

function open(overrides: Partial<RedisStoreConfig> = {}): Link {
  const endpoints = servers.map((server) => loopback(server.port));
  return testLink({ redisType: 'failover', endpoints, timeout: 1000, connectTimeout: 500, ...overrides }, clock);
}

function call(command: Command = ['GET', 'a'], ms = 5000): Promise<unknown> {
  return link.command(command, { deadline: clock.now() + ms });
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    (value) => new Error(`answered ${String(value)}`),
    (reason: unknown) => reason,
  );
}

/** Lets nobody connect any more. */
function down(server: FakeRedis): void {
  server.script = () => 'close';
  server.drop();
}

const inUse = () =>
  link
    .topology()
    .nodes.filter((node) => node.inUse)
    .map(({ name }) => name);

describe('a failover list', () => {
  test('asks the first server, and stays with it', async () => {
    expect(await call()).toBe('first');
    expect(await call(['SET', 'a', 1])).toBe('first');
    expect(inUse()).toEqual([first.name]);
    expect(link.nodeFor(undefined, false)).toBe(first.name);
    expect(second.sockets).toEqual([]);
  });

  test('that is opened has a connection to each server', async () => {
    await link.open(clock.now() + 1000);
    await until(() => link.topology().nodes.every(({ status }) => status === 'connected'), 'all connections');
    expect(inUse()).toEqual([first.name]);
  });

  test('goes to the next when one refuses the connection, within the same call', async () => {
    await first.close();
    expect(await call(['INCR', 'a'])).toBe('second');
    expect(inUse()).toEqual([second.name]);
    expect(third.sockets).toEqual([]);
  });

  test.each([
    'LOADING Redis is loading the dataset in memory',
    "READONLY You can't write against a read only replica.",
    'MASTERDOWN Link with MASTER is down',
    'CLUSTERDOWN The cluster is down',
    "ERR Error running script (call to f_1): @user_script:1: -READONLY You can't write against a read only replica.",
  ])('goes to the next when one says %s', async (error) => {
    first.script = answering(error);
    expect(await call(['INCR', 'a'])).toBe('second');
    expect(first.count('INCR')).toBe(1);
    expect(inUse()).toEqual([second.name]);
  });

  test.each([
    'ERR unknown command',
    'WRONGTYPE Operation against a key',
    'OOM command not allowed',
    'BUSY Redis is busy',
  ])('stays where a command is answered with %s', async (error) => {
    first.script = answering(error);
    expect(await failure(call())).toBeInstanceOf(ReplyError);
    expect(inUse()).toEqual([first.name]);
  });

  test('is a circle: after the last comes the first, and each is asked once', async () => {
    for (const server of servers) server.script = answering('READONLY no');
    expect(await failure(call(['SET', 'a', 1]))).toMatchObject({ code: 'READONLY' });
    expect(servers.map((server) => server.count('SET'))).toEqual([1, 1, 1]);
    first.script = naming('first');
    expect(await call(['SET', 'a', 1])).toBe('first');
  });

  test('does not go back by itself', async () => {
    first.script = answering('LOADING not yet');
    expect(await call()).toBe('second');
    first.script = naming('first');
    expect(await call()).toBe('second');
    second.script = answering('LOADING not yet');
    expect(await call()).toBe('third');
  });

  test('never sends again what may have been executed', async () => {
    first.script = ([command]) => (command === 'INCR' ? 'close' : undefined);
    const error = await failure(call(['INCR', 'a']));
    expect(error).toMatchObject({ kind: 'connection', details: { node: first.name, maybeExecuted: true } });
    expect([second, third].map((server) => server.count('INCR'))).toEqual([0, 0]);
  });

  test('stays when a connection was lost and comes back at once', async () => {
    await call();
    first.drop();
    await until(async () => {
      await clock.advanceAsync(10);
      return first.sockets.length === 2;
    }, 'another connection');
    expect(await call()).toBe('first');
    expect(second.sockets).toEqual([]);
  });

  test('goes on when a server is silent while connecting, and what waits there is sent to the next', async () => {
    first.script = () => '';
    const waiting = call(['INCR', 'a']);
    await first.got('HELLO');
    await clock.advanceAsync(600);
    expect(await waiting).toBe('second');
    expect(first.count('INCR')).toBe(0);
  });

  test('goes on when the guard leaves the server alone; what was not sent there goes along', async () => {
    await call();
    first.script = () => '';
    first.drop();
    await until(() => link.topology().nodes[0]!.status === 'disconnected', 'the connection is lost');
    const waiting = call(['INCR', 'a']);
    link.suspect?.(first.name, clock.now() + 2000);
    expect(await waiting).toBe('second');
    expect(inUse()).toEqual([second.name]);
  });

  test('passes over a server that the guard leaves alone', async () => {
    link.suspect?.(second.name, clock.now() + 2000);
    first.script = answering('LOADING not yet');
    expect(await call()).toBe('third');
    link.suspect?.(second.name, undefined);
    third.script = answering('LOADING not yet');
    first.script = answering('LOADING not yet');
    await call();
    expect(inUse()).toEqual([second.name]);
  });

  test('tries a server again once the guard would', async () => {
    link.suspect?.(first.name, clock.now() + 2000);
    await until(() => inUse()[0] === second.name, 'the next is asked');
    second.script = answering('READONLY a replica');
    third.script = answering('READONLY a replica');
    expect(await failure(call(['INCR', 'a']))).toMatchObject({ code: 'READONLY' });
    await clock.advanceAsync(2000);
    expect(await call(['INCR', 'a'])).toBe('first');
  });

  test('that fails as a whole gives each server its probe', () => {
    const seen = new Set<string | undefined>();
    for (let i = 0; i < 3; i++) {
      const name = link.nodeFor(undefined, false)!;
      seen.add(name);
      link.suspect?.(name, clock.now() + 2000);
    }
    expect(seen.size).toBe(3);
  });

  test('tells why none can be asked, and asks the first that comes back', async () => {
    servers.forEach(down);
    const error = await failure(link.open(clock.now() + 5000));
    expect(error).toMatchObject({ kind: 'connection', details: { maybeExecuted: false } });
    expect((error as LinkError).message).toContain('no server of the list can be asked');
    for (const server of servers) expect((error as LinkError).message).toContain(server.name);
    const waiting = call();
    third.script = naming('third');
    await until(async () => {
      await clock.advanceAsync(200);
      return inUse()[0] === third.name;
    }, 'the third server is asked');
    await Promise.allSettled([waiting]);
    expect(await call()).toBe('third');
  });

  test('splits a pipeline: only what was refused goes to the next', async () => {
    first.script = ([command]) =>
      command === 'GET'
        ? '+read\r\n'
        : command === 'SET'
          ? "-READONLY You can't write against a read only replica.\r\n"
          : undefined;
    const outcomes = await link.pipeline(
      [
        ['GET', 'a'],
        ['SET', 'a', 1],
        ['GET', 'b'],
      ],
      { deadline: clock.now() + 1000 },
    );
    expect(outcomes).toEqual(['read', 'second', 'read']);
    expect(second.count('GET')).toBe(0);
  });

  test('does not tear a transaction apart', async () => {
    first.script = ([command]) =>
      command === 'MULTI'
        ? '+OK\r\n'
        : command === 'SET'
          ? '-READONLY no\r\n'
          : command === 'EXEC'
            ? '-EXECABORT\r\n'
            : undefined;
    const outcomes = await link.pipeline([['MULTI'], ['SET', 'a', 1], ['EXEC']], { deadline: clock.now() + 1000 });
    expect(outcomes).toEqual(['OK', expect.any(ReplyError), expect.any(ReplyError)]);
    expect(second.received).toEqual([]);
    expect(inUse()).toEqual([second.name]);
  });

  test('ends with the last answer when the time is over', async () => {
    first.script = answering('LOADING not yet');
    const waiting = failure(call(['GET', 'a'], 0));
    expect(await waiting).toMatchObject({ code: 'LOADING' });
    expect(second.count('GET')).toBe(0);
  });

  test('lists keys where it asks, wherever a connection can be had', async () => {
    down(first);
    expect((await link.primaries()).map((node) => node.name)).toEqual([second.name]);
  });

  test('takes its subscriptions along', async () => {
    const subscribing: Script = ([command, channel]) =>
      command === 'SUBSCRIBE' ? `>3\r\n$9\r\nsubscribe\r\n$${channel!.length}\r\n${channel}\r\n:1\r\n` : undefined;
    first.script = subscribing;
    second.script = (words, connection) => subscribing(words, connection) ?? naming('second')(words, connection);
    const messages: string[] = [];
    await link.subscribe('news', (message) => messages.push(String(message)), { deadline: clock.now() + 1000 });
    first.script = answering('MASTERDOWN Link with MASTER is down');
    expect(await call()).toBe('second');
    await until(async () => {
      await clock.advanceAsync(50);
      return second.count('SUBSCRIBE') === 1;
    }, 'the subscription at the second server');
    second.send('>3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n');
    await until(() => messages.length === 1, 'the message');
    expect(messages).toEqual(['hello']);
  });
});

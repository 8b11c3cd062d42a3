import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RedisStoreConfig } from '../../../src/config/model.js';
import type { Command, Link, LinkError } from '../../../src/links/link.js';
import { ManualClock } from '../../../src/testing/clock.js';
import { FakeRedis, type Script } from '../../harness/fake-redis.js';
import { loopback, testLink } from '../../harness/links.js';
import { until } from '../../harness/until.js';

let first: FakeRedis;
let second: FakeRedis;
let clock: ManualClock;
let link: Link;
const unhandled: unknown[] = [];
const noteUnhandled = (error: unknown) => unhandled.push(error);

beforeEach(async () => {
  process.on('unhandledRejection', noteUnhandled);
  [first, second] = await Promise.all([FakeRedis.start(), FakeRedis.start()]);
  first.script = answering('first', {});
  second.script = answering('second', {});
  clock = new ManualClock();
});

afterEach(async () => {
  await link.close();
  await Promise.all([first.close(), second.close()]);
  process.off('unhandledRejection', noteUnhandled);
  expect(unhandled.splice(0)).toEqual([]);
});

const DISABLED = '-ERR This instance has cluster support disabled\r\n';
const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;
const info = (text: string) => `=${text.length + 4}\r\ntxt:${text}\r\n`;

interface Answers {
  readonly shards?: string;
  readonly slots?: string;
  readonly info?: string;
}

function answering(name: string, { shards = DISABLED, slots = DISABLED, info = bulk('') }: Answers): Script {
  return ([command, what]) => {
    if (command === 'CLUSTER') return what === 'SHARDS' ? shards : slots;
    if (command === 'INFO') return info;
    return command === 'GET' ? `+${name}\r\n` : undefined;
  };
}

/** CLUSTER SLOTS of one node that has all. */
const slotsOf = (server: FakeRedis) => `*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n${bulk('127.0.0.1')}:${server.port}\r\n`;

/** The same as CLUSTER SHARDS. */
const shardsOf = (server: FakeRedis) =>
  `*1\r\n%2\r\n${bulk('slots')}*2\r\n:0\r\n:16383\r\n${bulk('nodes')}*1\r\n%4\r\n${bulk('endpoint')}${bulk('127.0.0.1')}` +
  `${bulk('port')}:${server.port}\r\n${bulk('role')}${bulk('master')}${bulk('health')}${bulk('online')}`;

function open(overrides: Partial<RedisStoreConfig> = {}): Link {
  const config = { redisType: 'auto' as const, endpoints: [loopback(first.port)], timeout: 1000, connectTimeout: 500 };
  link = testLink({ ...config, ...overrides }, clock);
  return link;
}

/** The call's end, while the clock goes on. */
async function call(command: Command = ['GET', 'a'], ms = 5000): Promise<unknown> {
  let end: { readonly value: unknown } | undefined;
  const settle = (value: unknown) => {
    end = { value };
  };
  link.command(command, { deadline: clock.now() + ms }).then(settle, settle);
  await until(async () => {
    if (end === undefined) await clock.advanceAsync(20);
    return end !== undefined;
  }, 'the call to end');
  return end!.value;
}

const both = () => ({ endpoints: [loopback(first.port), loopback(second.port)] });
const UNKNOWN = "-ERR unknown command 'CLUSTER'\r\n";
const OLDER = "-ERR Unknown subcommand or wrong number of arguments for 'SHARDS'. Try CLUSTER HELP.\r\n";
const REFUSED = "-NOPERM this user has no permissions to run the 'cluster|shards' command\r\n";

describe('a link that finds out what it leads to', () => {
  test.each<[string, () => Answers, Link['kind']]>([
    ['a server that says it is no cluster', () => ({}), 'single'],
    ['a cluster by its shards', () => ({ shards: shardsOf(first) }), 'cluster'],
    ['a cluster before Redis 7 by its slots', () => ({ shards: OLDER, slots: slotsOf(first) }), 'cluster'],
    ['a server before Redis 7', () => ({ shards: OLDER, slots: DISABLED }), 'single'],
    ['something that knows no CLUSTER', () => ({ shards: UNKNOWN, slots: UNKNOWN, info: UNKNOWN }), 'single'],
    [
      'a server that lets nobody ask',
      () => ({ shards: REFUSED, slots: REFUSED, info: info('cluster_enabled:0') }),
      'single',
    ],
  ])('finds %s', async (_what, answers, kind) => {
    first.script = answering('first', answers());
    open();
    expect(link.kind).toBe('auto');
    expect(link.crossSlot).toBe(false);
    expect(await call()).toBe('first');
    expect(link.kind).toBe(kind);
    expect(link.crossSlot).toBe(kind === 'single');
    expect(link.topology()).toMatchObject({ kind, nodes: [{ name: first.name, status: 'connected' }] });
  });

  test('takes several servers for a failover list', async () => {
    open(both());
    expect(await call()).toBe('first');
    expect(link.kind).toBe('failover');
  });

  test('asks the next server when one does not answer', async () => {
    first.script = () => 'close';
    second.script = answering('second', { shards: shardsOf(second) });
    open(both());
    expect(await call()).toBe('second');
    expect(link.kind).toBe('cluster');
  });

  test('finds out once', async () => {
    open();
    await call();
    await call();
    expect(first.count('CLUSTER')).toBe(1);
  });

  test('waits until a server that is loading can tell', async () => {
    first.script = answering('first', { shards: '-LOADING Redis is loading the dataset in memory\r\n' });
    open();
    const error = await call();
    expect(error).toMatchObject({ kind: 'topology', details: { node: first.name, maybeExecuted: false } });
    expect(link.kind).toBe('auto');
    first.script = answering('first', {});
    expect(await call()).toBe('first');
  });

  test('tells of servers that cannot be reached, and finds out when one comes up, without being asked', async () => {
    first.script = () => 'close';
    second.script = () => 'close';
    open(both());
    const error = (await call()) as LinkError;
    expect(error).toMatchObject({ kind: 'connection', details: { maybeExecuted: false } });
    expect(error.message).toContain('no server tells what it is');
    expect(link.topology()).toMatchObject({
      kind: 'auto',
      nodes: [{ status: 'disconnected' }, { status: 'disconnected' }],
    });
    second.script = answering('second', {});
    await until(async () => {
      await clock.advanceAsync(50);
      return link.kind === 'failover';
    }, 'it is found out');
    expect(await call()).toBe('second');
  });

  test('ends a pipeline as a whole when nobody tells', async () => {
    first.script = () => 'close';
    open();
    const outcomes = await link.pipeline(
      [
        ['GET', 'a'],
        ['GET', 'b'],
      ],
      { deadline: clock.now() + 1000 },
    );
    expect(outcomes).toEqual([
      expect.objectContaining({ kind: 'connection' }),
      expect.objectContaining({ kind: 'connection' }),
    ]);
  });

  test('does not take a Sentinel for a server', async () => {
    const unknown = "-ERR unknown command 'CLUSTER'\r\n";
    first.script = answering('first', {
      shards: unknown,
      slots: unknown,
      info: bulk('# Server\r\nredis_mode:sentinel\r\n'),
    });
    open();
    expect(await call()).toMatchObject({ details: { hint: expect.stringContaining('redis-type = "sentinel"') } });
  });

  test('refuses a database that a cluster does not have', async () => {
    first.script = (words, connection) =>
      words[0] === 'SELECT' ? '+OK\r\n' : answering('first', { shards: shardsOf(first) })(words, connection);
    open({ database: 1 });
    expect(await call()).toMatchObject({ kind: 'cluster-node', details: { maybeExecuted: false } });
  });

  test('tells of connections once it has found what there is', async () => {
    open();
    const told: string[] = [];
    link.onConnected?.((node) => told.push(node));
    await call();
    expect(told).toEqual([first.name]);
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RedisStoreConfig } from '../../../src/config/model.js';
import type { Clock } from '../../../src/core/clock.js';
import { systemClock } from '../../../src/core/clock.js';
import type { Command, Link } from '../../../src/links/link.js';
import { slotOf } from '../../../src/resp/key-slot.js';
import { ManualClock } from '../../../src/testing/clock.js';
import { FakeRedis, type Script } from '../../harness/fake-redis.js';
import { loopback, testLink } from '../../harness/links.js';
import { until } from '../../harness/until.js';

// Two primaries, the first with a replica; each answers GET with its own name.
let primary: FakeRedis;
let other: FakeRedis;
let replica: FakeRedis;
let link: Link;
let clock: Clock;

beforeEach(async () => {
  clock = systemClock;
  [primary, other, replica] = await Promise.all([FakeRedis.start(), FakeRedis.start(), FakeRedis.start()]);
  primary.script = node('primary');
  other.script = node('other');
  replica.script = node('replica');
});

afterEach(async () => {
  await link.close();
  await Promise.all([primary.close(), other.close(), replica.close()]);
});

function node(name: string, special: Script = () => undefined): Script {
  return (words, connection) => {
    const answer = special(words, connection);
    if (answer !== undefined) return answer;
    if (words[0] === 'CLUSTER') return words[1] === 'SHARDS' ? shards() : undefined;
    if (words[0] === 'ASKING') return '+OK\r\n';
    return words[0] === 'GET' || words[0] === 'SET' ? `+${name}\r\n` : undefined;
  };
}

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;
const pairs = (...items: readonly string[]) => `%${items.length / 2}\r\n${items.join('')}`;

function shardNode(server: FakeRedis, role: string, host = '127.0.0.1'): string {
  const fields = {
    endpoint: bulk(host),
    ip: bulk(host),
    port: `:${server.port}\r\n`,
    role: bulk(role),
    health: bulk('online'),
  };
  return pairs(...Object.entries(fields).flatMap(([name, value]) => [bulk(name), value]));
}

function shard(first: number, last: number, ...nodes: readonly string[]): string {
  return pairs(
    bulk('slots'),
    `*2\r\n:${first}\r\n:${last}\r\n`,
    bulk('nodes'),
    `*${nodes.length}\r\n${nodes.join('')}`,
  );
}

let shards = () => '';
beforeEach(() => {
  shards = () =>
    `*2\r\n${shard(0, 8191, shardNode(primary, 'master'), shardNode(replica, 'replica'))}${shard(8192, 16_383, shardNode(other, 'master'))}`;
});

function open(overrides: Partial<RedisStoreConfig> = {}): Link {
  const timing = { timeout: 1000, connectTimeout: 500 };
  link = testLink({ redisType: 'cluster', endpoints: [loopback(primary.port)], ...timing, ...overrides }, clock);
  return link;
}

function call(command: Command, readOnly = false): Promise<unknown> {
  return link.command(command, { deadline: clock.now() + 5000, readOnly });
}

// Keys of the first half of the slots, and of the second.
const LOW = 'b';
const HIGH = 'a';

test('the keys are where these tests need them', () => {
  open();
  expect(slotOf(LOW)).toBeLessThan(8192);
  expect(slotOf(HIGH)).toBeGreaterThan(8191);
});

describe('the start', () => {
  test('asks the seeds in turn, and waits for none that is silent', async () => {
    replica.script = () => '';
    const refused = loopback(1);
    open({ endpoints: [refused, loopback(replica.port), loopback(other.port)] });
    await link.open(clock.now() + 2000);
    expect(link.nodes().map(({ name, role }) => [name, role])).toContainEqual([primary.name, 'primary']);
  });

  test('ends at its deadline while every seed is silent, and later calls end at theirs', async () => {
    const manual = new ManualClock();
    clock = manual;
    primary.script = () => '';
    open();
    const opened = expect(link.open(manual.now() + 300)).rejects.toMatchObject({ kind: 'topology' });
    await primary.got('HELLO');
    await manual.advanceAsync(300);
    await opened;
    const called = expect(link.command(['SET', 'a', 1], { deadline: manual.now() + 100 })).rejects.toMatchObject({
      kind: 'topology',
      details: { maybeExecuted: false },
    });
    await manual.advanceAsync(100);
    await called;
  });

  test('tells why no seed would do', async () => {
    primary.script = ([name]) =>
      name === 'CLUSTER' ? '-ERR This instance has cluster support disabled\r\n' : undefined;
    open();
    await expect(link.open(clock.now() + 2000)).rejects.toThrow(/cluster support disabled/);
  });

  test('reads CLUSTER SLOTS where there is no CLUSTER SHARDS', async () => {
    const slots = `*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$0\r\n\r\n:${primary.port}\r\n${bulk('id')}`;
    primary.script = node('primary', ([name, sub]) => {
      if (name !== 'CLUSTER') return undefined;
      return sub === 'SLOTS' ? slots : "-ERR Unknown subcommand or wrong number of arguments for 'SHARDS'\r\n";
    });
    open();
    expect(await call(['GET', HIGH])).toBe('primary');
    expect(link.topology().cluster).toMatchObject({ command: 'SLOTS', slotsMapped: 16_384 });
  });

  test('takes an empty host for the node that was asked', async () => {
    shards = () => `*1\r\n${shard(0, 16_383, shardNode(primary, 'master', ''))}`;
    open();
    expect(await call(['GET', HIGH])).toBe('primary');
    expect(link.topology().nodes.map(({ name }) => name)).toEqual([primary.name]);
  });
});

describe('redirects', () => {
  const moved = (server: FakeRedis, host = '127.0.0.1') => `-MOVED ${slotOf(LOW)} ${host}:${server.port}\r\n`;
  const ask = (server: FakeRedis) => `-ASK ${slotOf(LOW)} 127.0.0.1:${server.port}\r\n`;

  test.each(['127.0.0.1', ''])('for good are followed and remembered, with the host %j', async (host) => {
    primary.script = node('primary', ([name]) => (name === 'GET' ? moved(other, host) : undefined));
    open();
    expect(await call(['GET', LOW])).toBe('other');
    expect(link.nodeFor(LOW, false)).toBe(other.name);
    expect(link.topology().nodes.find(({ name }) => name === primary.name)).toMatchObject({ moved: 1 });
  });

  test('for one command send ASKING with it, and change nothing', async () => {
    primary.script = node('primary', ([name]) => (name === 'GET' ? ask(other) : undefined));
    open();
    expect(await call(['GET', LOW])).toBe('other');
    expect(other.received.slice(-2).map(([name]) => name)).toEqual(['ASKING', 'GET']);
    expect(link.nodeFor(LOW, false)).toBe(primary.name);
  });

  test('to a node that nobody knew are followed', async () => {
    const stranger = await FakeRedis.start(node('stranger'));
    primary.script = node('primary', ([name]) => (name === 'GET' ? moved(stranger) : undefined));
    open();
    expect(await call(['GET', LOW])).toBe('stranger');
    await stranger.close();
  });

  test('in a pipeline concern their command only', async () => {
    primary.script = node('primary', ([name, key]) => (name === 'GET' && key === LOW ? moved(other) : undefined));
    open();
    const commands: Command[] = [
      ['GET', HIGH],
      ['GET', LOW],
      ['SET', LOW, 1],
      ['GET', `{${LOW}}2`],
    ];
    expect(await link.pipeline(commands, { deadline: clock.now() + 5000 })).toEqual([
      'other',
      'other',
      'primary',
      'primary',
    ]);
  });

  test('are followed five times', async () => {
    primary.script = node('primary', ([name]) => (name === 'SET' ? ask(other) : undefined));
    other.script = node('other', ([name]) => (name === 'SET' ? ask(primary) : undefined));
    open();
    await expect(call(['SET', LOW, 1])).rejects.toMatchObject({ kind: 'topology', details: { maybeExecuted: false } });
    expect(primary.count('SET') + other.count('SET')).toBe(6);
  });

  test('ask for the topology at most once a second', async () => {
    const manual = new ManualClock();
    clock = manual;
    primary.script = node('primary', ([name]) => (name === 'SET' ? moved(other) : undefined));
    open();
    const asked = () => primary.count('CLUSTER') + other.count('CLUSTER') + replica.count('CLUSTER');
    for (let i = 0; i < 5; i++) await call(['SET', LOW, i]);
    expect(asked()).toBe(1);
    await manual.advanceAsync(1000);
    await until(() => asked() === 2, 'the second question');
    // By hand as often as wanted.
    for (const count of [3, 4]) {
      await link.refresh!({ deadline: manual.now() + 1000 });
      expect(asked()).toBe(count);
    }
  });
});

describe('errors that pass', () => {
  test.each(['TRYAGAIN', 'CLUSTERDOWN'])('%s reaches the caller and refreshes the view', async (code) => {
    open();
    await link.open(clock.now() + 2000);
    primary.script = node('primary', ([name]) => (name === 'SET' ? `-${code} not now\r\n` : undefined));
    await expect(call(['SET', LOW, 1])).rejects.toThrow(`${code} not now`);
    await until(() => (link.topology().cluster?.refreshes ?? 0) === 2, 'the view is refreshed');
  });

  test('a primary that is gone is asked about elsewhere, and its successor found', async () => {
    open();
    await link.open(clock.now() + 2000);
    shards = () => `*1\r\n${shard(0, 16_383, shardNode(replica, 'master'))}`;
    await primary.close();
    const end = clock.now() + 10_000;
    let answer: unknown;
    while (answer !== 'replica' && clock.now() < end)
      answer = await call(['GET', LOW]).catch((error: unknown) => error);
    expect(answer).toBe('replica');
    expect(link.nodes().map(({ name }) => name)).toEqual([replica.name]);
    primary = await FakeRedis.start();
  });
});

describe('while a primary is in trouble', () => {
  let manual: ManualClock;
  const asked = () => other.count('CLUSTER') + replica.count('CLUSTER');
  const refreshes = () => link.topology().cluster?.refreshes ?? 0;

  beforeEach(async () => {
    manual = new ManualClock();
    clock = manual;
    open();
    await call(['GET', HIGH]);
    await call(['GET', LOW]);
    await manual.advanceAsync(1000);
  });

  /** Cuts the primary off and waits until the link has seen it. */
  async function lose(end: () => unknown): Promise<void> {
    const lost = primary.name;
    const told = shards();
    shards = () => told;
    await end();
    const isLost = () => link.topology().nodes.find(({ name }) => name === lost)?.status === 'disconnected';
    await until(isLost, 'the loss');
  }

  /** What a call ends with while the clock goes on a little. */
  async function ended(command: Command): Promise<unknown> {
    let end: unknown;
    call(command).then(
      (reply) => (end = reply),
      (error: unknown) => (end = error),
    );
    await until(async () => {
      await manual.advanceAsync(1);
      return end !== undefined;
    }, 'the end of a call');
    return end;
  }

  /** Moves the clock on, a question a time, until so many were answered. */
  async function refreshed(count: number, apart = 200): Promise<void> {
    const before = refreshes();
    for (let i = 1; i <= count; i++) {
      await manual.advanceAsync(apart);
      await until(() => refreshes() === before + i, `question ${i}`);
    }
  }

  const promote = () => {
    shards = () => `*1\r\n${shard(0, 16_383, shardNode(replica, 'master'))}`;
  };

  test('its replicas and the others are asked again and again, without any call, until its successor is found', async () => {
    const lost = primary.name;
    await lose(() => primary.close());
    expect(await ended(['SET', LOW, 1])).toMatchObject({ kind: 'connection' });
    await until(() => refreshes() === 2, 'the first question');
    await refreshed(3);
    expect(asked()).toBe(4);
    expect(link.nodeFor(LOW, false)).toBe(lost);
    promote();
    await refreshed(1);
    expect(link.nodeFor(LOW, false)).toBe(replica.name);
    expect(await call(['GET', LOW])).toBe('replica');
    await manual.advanceAsync(50_000);
    expect(asked()).toBe(5);
    primary = await FakeRedis.start();
  });

  test('or until it is back', async () => {
    await lose(() => primary.drop());
    link.suspect?.(primary.name, Number.POSITIVE_INFINITY);
    link.suspect?.(primary.name, undefined);
    await until(() => refreshes() === 2, 'the first question');
    expect(await ended(['SET', LOW, 1])).toBe('primary');
    await refreshed(1);
    await manual.advanceAsync(50_000);
    expect(refreshes()).toBe(3);
  });

  test('which the guard may say, its replicas are asked, and in turn with them the others', async () => {
    link.suspect?.(primary.name, Number.POSITIVE_INFINITY);
    link.suspect?.(primary.name, Number.POSITIVE_INFINITY);
    await until(() => refreshes() === 2, 'the first question');
    expect([primary.count('CLUSTER'), replica.count('CLUSTER')]).toEqual([1, 1]);
    await refreshed(2);
    expect([primary.count('CLUSTER'), asked()]).toEqual([1, 3]);
    expect(replica.count('CLUSTER')).toBeGreaterThanOrEqual(2);
    link.suspect?.(primary.name, undefined);
    await refreshed(1);
    await manual.advanceAsync(50_000);
    expect(refreshes()).toBe(5);
  });

  test('that nobody is about to replace any more, they are asked every second', async () => {
    link.suspect?.(primary.name, Number.POSITIVE_INFINITY);
    await until(() => refreshes() === 2, 'the first question');
    for (let seconds = 0; seconds < 60; seconds += 0.2) await refreshed(1);
    await manual.advanceAsync(900);
    const before = refreshes();
    await refreshed(3, 1000);
    expect(refreshes()).toBe(before + 3);
  });

  test('and has no replica, the others are asked every second', async () => {
    link.suspect?.(other.name, Number.POSITIVE_INFINITY);
    await until(() => refreshes() === 2, 'the first question');
    await manual.advanceAsync(900);
    expect(refreshes()).toBe(2);
    await refreshed(1, 100);
    await refreshed(2, 1000);
  });

  test('its suspicion is no reason to ask once it owns nothing', async () => {
    promote();
    link.suspect?.(primary.name, Number.POSITIVE_INFINITY);
    await until(() => refreshes() === 2, 'the first question');
    await manual.advanceAsync(50_000);
    expect(refreshes()).toBe(2);
  });

  test('one that is promoted again is told as there, and connected to when it is not', async () => {
    const told: string[] = [];
    link.onConnected?.((node) => told.push(node));
    const first = shards();
    promote();
    link.suspect?.(primary.name, Number.POSITIVE_INFINITY);
    await until(() => link.nodeFor(LOW, false) === replica.name, 'the successor');
    shards = () => first;
    await manual.advanceAsync(61_000);
    await until(() => link.nodeFor(LOW, false) === primary.name, 'its return');
    await until(() => told.includes(primary.name), 'word of it');
  });

  test('what waits for it goes to who took over', async () => {
    const lost = primary.name;
    await lose(() => primary.close());
    promote();
    // The clock stands, so it is not dialled: the call waits.
    const waiting = call(['SET', LOW, 1]).catch((error: unknown) => error);
    link.suspect?.(lost, Number.POSITIVE_INFINITY);
    await until(() => link.nodeFor(LOW, false) === replica.name, 'the successor');
    expect(await waiting).toBe('replica');
    expect(link.topology().nodes.some(({ name }) => name === lost)).toBe(false);
    primary = await FakeRedis.start();
  });
});

describe('commands', () => {
  test('with keys in several slots are refused before they are sent', async () => {
    open();
    await expect(call(['MGET', LOW, HIGH])).rejects.toThrow(/^CROSSSLOT/);
    expect(primary.count('MGET') + other.count('MGET')).toBe(0);
    primary.script = node('primary', ([name]) => (name === 'MGET' ? '*2\r\n_\r\n_\r\n' : undefined));
    expect(await call(['MGET', LOW, `{${LOW}}2`])).toEqual([null, null]);
  });

  test('that we do not know are asked about once, those with moving keys each time', async () => {
    const info = (flags: string, first: number, subcommands = '*0\r\n') =>
      `*1\r\n*10\r\n${bulk('x')}:-2\r\n~1\r\n+${flags}\r\n:${first}\r\n:${first}\r\n:1\r\n~0\r\n~0\r\n*0\r\n${subcommands}`;
    const special: Script = ([name, sub, subject]) => {
      if (name === 'JSON.GET' || name === 'SORT') return '+here\r\n';
      if (name !== 'COMMAND') return undefined;
      if (sub === 'GETKEYS') return `*1\r\n${bulk(LOW)}`;
      return subject === 'SORT' ? info('movablekeys', 1) : info('readonly', 1);
    };
    primary.script = node('primary', special);
    other.script = node('other', (words, connection) =>
      words[0] === 'COMMAND' ? special(words, connection) : undefined,
    );
    open();
    for (let i = 0; i < 2; i++) expect(await call(['json.get', LOW])).toBe('here');
    for (let i = 0; i < 2; i++) expect(await call(['SORT', LOW])).toBe('here');
    const questions = [...primary.received, ...other.received]
      .filter(([name]) => name === 'COMMAND')
      .map(([, sub]) => sub);
    expect(questions.sort()).toEqual(['GETKEYS', 'GETKEYS', 'INFO', 'INFO']);
  });

  test.each(['MULTI', 'SUBSCRIBE'])('like %s are not sent', async (name) => {
    open();
    await expect(call([name, LOW])).rejects.toThrow('not available');
  });
});

describe('reads from replicas', () => {
  beforeEach(() => {
    open({ readFromReplicas: true });
  });

  test('go there when they may, and with READONLY', async () => {
    expect(await call(['GET', LOW], true)).toBe('replica');
    expect(replica.count('READONLY')).toBe(1);
    expect(link.nodeFor(LOW, true)).toBe(replica.name);
  });

  test('are plain lookups only', async () => {
    expect(await call(['GET', LOW])).toBe('primary');
    expect(link.nodeFor(LOW, false)).toBe(primary.name);
  });

  test('go to the primary where there is no replica', async () => {
    expect(await call(['GET', HIGH], true)).toBe('other');
  });

  test.each(['-MASTERDOWN Link with MASTER is down\r\n', '-LOADING\r\n', 'close'])(
    'fall back to the primary after %j, and spare the replica for a moment',
    async (answer) => {
      replica.script = node('replica', ([name]) => (name === 'GET' ? answer : undefined));
      expect(await call(['GET', LOW], true)).toBe('primary');
      expect(await call(['GET', LOW], true)).toBe('primary');
      expect(replica.count('GET')).toBe(1);
    },
  );
});

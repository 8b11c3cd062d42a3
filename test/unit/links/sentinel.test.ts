import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RedisStoreConfig } from '../../../src/config/model.js';
import { Secret } from '../../../src/config/secret.js';
import { seededRandom } from '../../../src/core/random.js';
import { type Command, type Link, LinkError } from '../../../src/links/link.js';
import { SwitchWatch } from '../../../src/links/sentinel/switch-watch.js';
import { targetOf } from '../../../src/links/wire/target.js';
import { ManualClock } from '../../../src/testing/clock.js';
import { FakeRedis, type Script } from '../../harness/fake-redis.js';
import { message, ROLES, type SentinelFacts, sentinelScript } from '../../harness/fake-sentinel.js';
import { linkConfig, loopback, testLink } from '../../harness/links.js';
import { until } from '../../harness/until.js';

// Two Sentinels, which share what they know; a primary and two others, which answer with their names.
let sentinel: FakeRedis;
let otherSentinel: FakeRedis;
let primary: FakeRedis;
let second: FakeRedis;
let third: FakeRedis;
let servers: FakeRedis[];
let facts: SentinelFacts;
let clock: ManualClock;
let link: Link;
const unhandled: unknown[] = [];
const noteUnhandled = (error: unknown) => unhandled.push(error);

beforeEach(async () => {
  process.on('unhandledRejection', noteUnhandled);
  servers = await Promise.all(Array.from({ length: 5 }, () => FakeRedis.start()));
  [sentinel, otherSentinel, primary, second, third] = servers as [
    FakeRedis,
    FakeRedis,
    FakeRedis,
    FakeRedis,
    FakeRedis,
  ];
  facts = { primary: { port: primary.port } };
  sentinel.script = sentinelScript(facts);
  otherSentinel.script = sentinelScript(facts);
  primary.script = serving('primary');
  second.script = serving('second');
  third.script = serving('third');
  clock = new ManualClock();
  link = open();
});

afterEach(async () => {
  await link.close();
  await Promise.all(servers.map((server) => server.close()));
  process.off('unhandledRejection', noteUnhandled);
  expect(unhandled).toEqual([]);
});

function serving(name: string, role: keyof typeof ROLES = 'primary'): Script {
  return ([command]) =>
    command === 'ROLE' ? ROLES[role] : ['GET', 'SET', 'INCR'].includes(command!) ? `+${name}\r\n` : undefined;
}

function open(overrides: Partial<RedisStoreConfig> = {}): Link {
  const endpoints = [sentinel, otherSentinel].map((server) => loopback(server.port));
  const watched = { name: 'mymaster', user: undefined, password: undefined, tls: undefined };
  const config = { redisType: 'sentinel' as const, endpoints, sentinel: watched, timeout: 1000, connectTimeout: 500 };
  return testLink({ ...config, ...overrides }, clock);
}

async function reopen(overrides: Partial<RedisStoreConfig>): Promise<void> {
  await link.close();
  link = open(overrides);
}

/** The call's end, while the clock goes on. */
async function ended(promise: Promise<unknown>): Promise<unknown> {
  let over = false;
  const settled = promise.then(
    (value) => value,
    (error: unknown) => error,
  );
  void settled.finally(() => {
    over = true;
  });
  await until(async () => {
    if (!over) await clock.advanceAsync(20);
    return over;
  }, 'the call to end');
  return await settled;
}

function call(command: Command = ['GET', 'a'], options: { ms?: number; readOnly?: boolean } = {}): Promise<unknown> {
  const { ms = 5000, readOnly = false } = options;
  return ended(link.command(command, { deadline: clock.now() + ms, readOnly }));
}

const asks = (server: FakeRedis) => server.received.filter((words) => words[1] === 'GET-MASTER-ADDR-BY-NAME').length;

/** Waits for what time and sockets bring about. */
async function meanwhile(condition: () => boolean, what: string): Promise<void> {
  await until(async () => {
    if (!condition()) await clock.advanceAsync(20);
    return condition();
  }, what);
}

/** Ends the connections of the primary, and of others, and waits until the link has seen it. */
async function cut(...dropped: readonly FakeRedis[]): Promise<void> {
  for (const server of dropped) server.drop();
  await until(() => link.topology().nodes[0]!.status === 'disconnected', 'the connection is lost');
}

/** The Sentinel that the link listens to, once it does. */
async function subscribed(): Promise<FakeRedis> {
  const told = () => [sentinel, otherSentinel].find((server) => server.count('SUBSCRIBE') >= 5);
  await meanwhile(() => told() !== undefined, 'the link listens to a Sentinel');
  return told()!;
}

/** The Sentinels name another primary from now on. */
function promote(server: FakeRedis): void {
  facts.primary = { port: server.port };
  facts.epoch = (facts.epoch ?? 0) + 1;
}

describe('a primary that Sentinels watch', () => {
  test('is found, and says itself what it is before anything is sent', async () => {
    await ended(link.open(clock.now() + 1000));
    expect(await call(['INCR', 'a'])).toBe('primary');
    const commands = primary.received.map(([command]) => command);
    expect(commands.indexOf('ROLE')).toBeGreaterThan(-1);
    expect(commands.indexOf('ROLE')).toBeLessThan(commands.indexOf('INCR'));
    expect(link.nodeFor(undefined, false)).toBe(primary.name);
    expect(link.topology()).toMatchObject({
      kind: 'sentinel',
      transport: 'tcp',
      nodes: [{ name: primary.name, role: 'primary', status: 'connected' }],
      sentinel: { name: 'mymaster', answeredBy: sentinel.name, known: 2 },
    });
  });

  test('may be named by a host', async () => {
    facts.primary = { host: 'localhost', port: primary.port };
    expect(await call()).toBe('primary');
    expect(link.nodeFor(undefined, false)).toBe(`localhost:${primary.port}`);
  });

  test.each<[string, () => Script]>([
    ['cannot be reached', () => () => 'close'],
    [
      'is silent',
      () =>
        ([command]) =>
          command === 'HELLO' || command === 'CLIENT' ? undefined : '',
    ],
    ['is silent from the start', () => () => ''],
    ['does not know the name', () => sentinelScript({})],
    [
      'does not let us',
      () =>
        ([command]) =>
          command === 'SENTINEL' ? '-NOAUTH Authentication required.\r\n' : undefined,
    ],
    [
      'is a Redis',
      () =>
        ([command]) =>
          command === 'SENTINEL' ? "-ERR unknown command 'SENTINEL'\r\n" : undefined,
    ],
  ])('is asked for at the next Sentinel when one %s, and there first from then on', async (_what, script) => {
    sentinel.script = script();
    expect(await call()).toBe('primary');
    const before = sentinel.received.length;
    const asked = asks(otherSentinel);
    await cut(primary);
    await meanwhile(() => asks(otherSentinel) > asked, 'the other Sentinel is asked again');
    expect(await call()).toBe('primary');
    expect(sentinel.received.slice(before).filter(([command]) => command === 'SENTINEL')).toEqual([]);
  });

  test('that no Sentinel knows is an error that says so', async () => {
    facts.primary = undefined;
    const error = await call(['INCR', 'a']);
    expect(error).toMatchObject({ kind: 'topology', details: { maybeExecuted: false } });
    expect((error as LinkError).message).toBe(`no Sentinel of ${sentinel.name}, ${otherSentinel.name} knows mymaster`);
    expect((error as LinkError).details.hint).toContain('"sentinel.name"');
    // They may learn it.
    promote(primary);
    expect(await call()).toBe('primary');
  });

  test('that Sentinels do not tell us is refused access', async () => {
    sentinel.script = ([command]) => (command === 'SENTINEL' ? '-NOAUTH Authentication required.\r\n' : undefined);
    otherSentinel.script = sentinel.script;
    const error = await call();
    expect(error).toMatchObject({ kind: 'denied', details: { maybeExecuted: false } });
    expect((error as LinkError).details.hint).toContain('"sentinel.password"');
  });

  test.each<[string, Script, string]>([
    ['a replica', serving('primary', 'replica'), 'it is a replica'],
    ['a Sentinel', sentinelScript({}), 'it is a Sentinel'],
    ['something that does not tell', ([command]) => (command === 'ROLE' ? '-NOPERM no\r\n' : undefined), 'NOPERM'],
  ])('is sent nothing when it is %s', async (_what, script, why) => {
    primary.script = script;
    const error = await call(['INCR', 'a'], { ms: 300 });
    expect(error).toBeInstanceOf(LinkError);
    expect((error as LinkError).message).toContain(why);
    expect((error as LinkError).details.maybeExecuted).toBe(false);
    expect(primary.count('INCR')).toBe(0);
    primary.script = serving('primary');
    expect(await call(['INCR', 'a'])).toBe('primary');
  });

  test('is asked for again before each connection', async () => {
    await call();
    const before = asks(sentinel);
    await cut(primary);
    expect(await call(['SET', 'a', 1])).toBe('primary');
    expect(asks(sentinel)).toBeGreaterThan(before);
  });

  test('that fell is followed by the one that the Sentinels name, not by its old address', async () => {
    await call();
    promote(second);
    await cut(primary);
    expect(await call(['SET', 'a', 1])).toBe('second');
    expect(primary.received.filter(([command]) => command === 'ROLE')).toHaveLength(1);
    expect(link.topology().nodes.map(({ name }) => name)).toEqual([second.name]);
  });

  test('is not connected to while no Sentinel answers, and found when one does', async () => {
    await call();
    sentinel.script = () => 'close';
    otherSentinel.script = () => 'close';
    await cut(sentinel, otherSentinel, primary);
    const error = await call(['INCR', 'a']);
    expect(error).toMatchObject({ kind: 'topology', details: { maybeExecuted: false } });
    expect((error as LinkError).message).toContain('no Sentinel tells where mymaster is');
    sentinel.script = sentinelScript(facts);
    await until(async () => (await call()) === 'primary', 'the primary is asked again');
  });
});

describe('another primary', () => {
  test.each([
    ['+switch-master', (port: number) => `mymaster 127.0.0.1 ${port} 127.0.0.1 1`],
    ['+promoted-slave', (port: number) => `slave 127.0.0.1:1 127.0.0.1 1 @ mymaster 127.0.0.1 ${port}`],
  ])('is followed at once when a Sentinel tells of %s', async (channel, text) => {
    await call();
    const telling = await subscribed();
    promote(second);
    telling.send(message(channel, text(primary.port)));
    await meanwhile(() => link.nodeFor(undefined, false) === second.name, 'the link follows');
    expect(await call(['INCR', 'a'])).toBe('second');
    expect(primary.count('INCR')).toBe(0);
  });

  test('of another name is no news', async () => {
    let changes = 0;
    const config = linkConfig({ endpoints: [loopback(sentinel.port)] });
    const context = { clock, random: seededRandom(1), log: undefined, timeout: 1000, connectTimeout: 500 };
    const count = () => {
      changes++;
    };
    const watch = new SwitchWatch('mymaster', () => targetOf(config, loopback(sentinel.port)), context, count);
    watch.start();
    await sentinel.got('SUBSCRIBE', 5);
    sentinel.send(message('+switch-master', 'another 127.0.0.1 1 127.0.0.1 2'));
    sentinel.send(message('+sdown', 'slave 127.0.0.1:1 127.0.0.1 1 @ another 127.0.0.1 1'));
    sentinel.send(message('+sdown', 'master another 127.0.0.1 1'));
    sentinel.send(message('+sdown', 'master mymaster 127.0.0.1 1'));
    await until(() => changes > 0, 'the news');
    expect(changes).toBe(1);
    watch.close();
  });

  test('gets what waited for a connection, and not what may have been executed', async () => {
    await reopen({ timeout: 3000 });
    await call();
    const telling = await subscribed();
    primary.script = ([command]) => (command === 'HELLO' ? undefined : '');
    const sent = link.command(['INCR', 'sent'], { deadline: clock.now() + 5000 });
    await primary.got('INCR');
    promote(second);
    telling.send(message('+switch-master', 'mymaster'));
    expect(await ended(sent)).toMatchObject({ kind: 'topology', details: { node: primary.name, maybeExecuted: true } });
    expect(second.count('INCR')).toBe(0);

    second.script = () => '';
    await cut(second);
    const waiting = link.command(['INCR', 'waiting'], { deadline: clock.now() + 5000 });
    promote(third);
    expect(await ended(waiting)).toBe('third');
  });

  test('is asked for when a command is answered with READONLY', async () => {
    await call();
    primary.script = ([command]) =>
      command === 'SET' ? "-READONLY You can't write against a read only replica.\r\n" : undefined;
    promote(second);
    expect(await call(['SET', 'a', 1])).toMatchObject({ code: 'READONLY' });
    await until(async () => (await call(['SET', 'a', 1])) === 'second', 'the new primary is asked');
  });

  test('that only a Sentinel behind the times names is not followed', async () => {
    // By default both Sentinels' turns together take as long as a connection may: whichever ends first would be told.
    await reopen({ connectTimeout: 3000 });
    facts.epoch = 7;
    await call();
    otherSentinel.script = sentinelScript({ primary: { port: third.port }, epoch: 6 });
    sentinel.script = () => '';
    await cut(sentinel, primary);
    const answer = call();
    await meanwhile(() => asks(otherSentinel) > 0, 'the other Sentinel is asked');
    expect(await answer).toMatchObject({ kind: 'topology', details: { maybeExecuted: false } });
    expect(third.received).toEqual([]);
    sentinel.script = sentinelScript(facts);
    sentinel.drop();
    await until(async () => (await call()) === 'primary', 'the primary is asked again');
  });

  test('of Sentinels that began anew is followed when all tell of it', async () => {
    facts.epoch = 7;
    await call();
    facts.epoch = 0;
    facts.primary = { port: second.port };
    await cut(primary);
    expect(await call()).toBe('second');
  });

  test('takes subscriptions along', async () => {
    const confirming =
      (name: string): Script =>
      (words, connection) =>
        words[0] === 'SUBSCRIBE' ? sentinelScript({})(words, connection) : serving(name)(words, connection);
    primary.script = confirming('primary');
    second.script = confirming('second');
    const messages: string[] = [];
    const options = { deadline: clock.now() + 5000 };
    await ended(link.subscribe('news', (text) => messages.push(String(text)), options));
    expect(primary.count('SUBSCRIBE')).toBe(1);
    const telling = await subscribed();
    promote(second);
    telling.send(message('+switch-master', 'mymaster'));
    await meanwhile(() => second.count('SUBSCRIBE') === 1, 'the subscription at the new primary');
    second.send(message('news', 'hello'));
    await until(() => messages.length === 1, 'the message');
    expect(messages).toEqual(['hello']);
  });
});

describe('credentials', () => {
  test('are each for their own', async () => {
    const own = { name: 'mymaster', user: 'watcher', password: new Secret('s3ntinel'), tls: undefined };
    await reopen({ user: 'mail', password: new Secret('d4ta'), database: 3, sentinel: own });
    primary.script = (words, connection) => (words[0] === 'SELECT' ? '+OK\r\n' : serving('primary')(words, connection));
    expect(await call()).toBe('primary');
    const hello = (server: FakeRedis) => server.received.find(([command]) => command === 'HELLO')!.join(' ');
    expect(hello(sentinel)).toContain('AUTH watcher s3ntinel');
    expect(hello(primary)).toContain('AUTH mail d4ta');
    expect(primary.received).toContainEqual(['SELECT', '3']);
    expect(sentinel.count('SELECT')).toBe(0);
  });
});

describe('the other Sentinels', () => {
  test('that one tells of are asked when those of the configuration are gone', async () => {
    await reopen({ endpoints: [loopback(sentinel.port)] });
    facts.others = [{ port: otherSentinel.port }];
    await call();
    expect(link.topology().sentinel).toMatchObject({ known: 2 });
    sentinel.script = () => 'close';
    promote(second);
    await cut(sentinel, primary);
    await until(async () => (await call()) === 'second', 'the new primary is asked');
  });
});

describe('replicas', () => {
  beforeEach(async () => {
    await reopen({ readFromReplicas: true });
    second.script = serving('second', 'replica');
    third.script = serving('third', 'replica');
    facts.replicas = [{ port: second.port }, { port: third.port }];
    await ended(link.open(clock.now() + 1000));
    await connected(3);
  });

  async function connected(count: number): Promise<void> {
    const standing = () => link.topology().nodes.filter(({ status }) => status === 'connected').length;
    await meanwhile(() => standing() === count, `${count} connections`);
  }

  test('answer plain lookups in turn, and nothing else', async () => {
    const read = () => call(['GET', 'a'], { readOnly: true });
    expect([await read(), await read(), await read()].sort()).toEqual(['second', 'second', 'third'].sort());
    expect(await call(['GET', 'a'])).toBe('primary');
    expect(await call(['INCR', 'a'])).toBe('primary');
    expect(link.nodeFor(undefined, false)).toBe(primary.name);
    expect([second.name, third.name]).toContain(link.nodeFor(undefined, true));
  });

  test.each<[string, Script]>([
    ['breaks the connection', ([command]) => (command === 'GET' ? 'close' : undefined)],
    [
      'is loading',
      ([command]) => (command === 'GET' ? '-LOADING Redis is loading the dataset in memory\r\n' : undefined),
    ],
    ['lost its primary', ([command]) => (command === 'GET' ? '-MASTERDOWN Link with MASTER is down\r\n' : undefined)],
  ])('that one which %s does not answer are answered by the primary', async (_what, script) => {
    second.script = script;
    third.script = script;
    expect(await call(['GET', 'a'], { readOnly: true })).toBe('primary');
    // And both are passed over for a moment.
    await call(['GET', 'a'], { readOnly: true });
    const before = second.count('GET') + third.count('GET');
    expect(await call(['GET', 'a'], { readOnly: true })).toBe('primary');
    expect(second.count('GET') + third.count('GET')).toBe(before);
  });

  test('that the guard leaves alone are not asked', async () => {
    link.suspect?.(second.name, Number.POSITIVE_INFINITY);
    for (let i = 0; i < 3; i++) expect(await call(['GET', 'a'], { readOnly: true })).toBe('third');
    link.suspect?.(third.name, Number.POSITIVE_INFINITY);
    expect(await call(['GET', 'a'], { readOnly: true })).toBe('primary');
  });

  test('come and go as the Sentinels tell', async () => {
    const telling = await subscribed();
    facts.replicas = [{ port: second.port, flags: 's_down,slave' }, { port: third.port }];
    telling.send(message('+sdown', 'slave a 127.0.0.1 1 @ mymaster 127.0.0.1 2'));
    await meanwhile(() => link.topology().nodes.length === 2, 'the replica that is down is let go');
    for (let i = 0; i < 3; i++) expect(await call(['GET', 'a'], { readOnly: true })).toBe('third');
    facts.replicas = [{ port: second.port }, { port: third.port, link: 'err' }];
    telling.send(message('-sdown', 'slave a 127.0.0.1 1 @ mymaster 127.0.0.1 2'));
    await meanwhile(() => link.nodeFor(undefined, true) === second.name, 'the other one is asked');
  });

  test('that have not copied anything yet are not asked', async () => {
    second.script = serving('second', 'strayReplica');
    second.drop();
    await meanwhile(() => second.count('ROLE') > 1, 'the replica is asked what it is');
    for (let i = 0; i < 3; i++) expect(await call(['GET', 'a'], { readOnly: true })).toBe('third');
  });

  test('that become the primary answer as such', async () => {
    promote(second);
    second.script = serving('second', 'primary');
    facts.replicas = [{ port: third.port }, { port: primary.port, flags: 's_down,slave' }];
    await cut(primary);
    expect(await call(['INCR', 'a'])).toBe('second');
    expect(link.topology().nodes.map(({ name, role }) => [name, role])).toEqual([
      [second.name, 'primary'],
      [third.name, 'replica'],
    ]);
  });
});

import { expect, it } from 'vitest';
import type { Reply } from '../../../../src/resp/reply.js';
import { Server } from '../../../../src/server/server.js';
import type { ServerOptions } from '../../../../src/server/server-options.js';
import { ManualClock } from '../../../../src/testing/clock.js';
import { recordEffects } from '../../../harness/effects.js';
import { FakeRedis, type Script } from '../../../harness/fake-redis.js';
import { RawClient } from '../../../harness/raw-client.js';
import { until } from '../../../harness/until.js';

interface Running extends AsyncDisposable {
  readonly server: Server;
  readonly port: number;
  readonly client: RawClient;
  /** The reply as it comes over the wire. */
  ask(words: string): Promise<string>;
  /** In process: nobody holds it. */
  run(words: string): Reply;
}

async function start(options: ServerOptions = {}): Promise<Running> {
  const server = await Server.start(options);
  const { port = 0 } = await server.listen({ port: 0 });
  const client = await RawClient.connect(port);
  const split = (words: string) => words.split(' ').map((word) => (word === '""' ? '' : word));
  return {
    ...{ server, port, client },
    ask: async (words) => String(await client.ask(split(words))),
    run: (words) => server.session().run(...split(words)),
    async [Symbol.asyncDispose]() {
      client.close();
      await server.close();
    },
  };
}

/** A target that does what the script says and counts as connected to by `source`. */
async function fake(script: Script): Promise<FakeRedis & AsyncDisposable> {
  const target = await FakeRedis.start(script);
  return Object.assign(target, { [Symbol.asyncDispose]: () => target.close() });
}

it('takes keys with their times from one server to a database of the other, as one deletion', async () => {
  await using source = await start();
  await using target = await start();
  source.run('SET a 1 PX 50000');
  source.run('RPUSH b x y');
  source.run('SET stays 1');
  const effects = recordEffects(source.server);
  const events: string[] = [];
  source.server.notifications.publish = (_db, _type, event, key) => void events.push(`${event} ${key}`);
  expect(await source.ask(`MIGRATE 127.0.0.1 ${target.port} "" 3 5000 KEYS a no b`)).toBe('+OK\r\n');
  expect(effects).toEqual(['0 DEL a b']);
  expect(events).toEqual(['del a', 'del b']);
  expect(String(source.run('KEYS *'))).toBe('stays');
  expect(target.server.keyspace.databases[3]!.size).toBe(2);
  expect(await target.ask('SELECT 3')).toBe('+OK\r\n');
  expect(await target.ask('LRANGE b 0 -1')).toBe('*2\r\n$1\r\nx\r\n$1\r\ny\r\n');
  expect(Number((await target.ask('PTTL a')).slice(1))).toBeGreaterThan(40_000);
});

it('leaves keys here with COPY, and overwrites there with REPLACE only', async () => {
  await using source = await start();
  await using target = await start();
  source.run('SET k new');
  target.run('SET k old');
  const effects = recordEffects(source.server);
  const to = `MIGRATE 127.0.0.1 ${target.port}`;
  expect(await source.ask(`${to} k 0 5000 COPY`)).toBe(
    '-ERR Target instance replied with error: BUSYKEY Target key name already exists.\r\n',
  );
  expect(await source.ask(`${to} k 0 5000 COPY REPLACE`)).toBe('+OK\r\n');
  expect(String(target.run('GET k'))).toBe('new');
  expect(effects).toEqual([]);
  expect(await source.ask(`${to} k 0 5000 REPLACE`)).toBe('+OK\r\n');
  expect(source.run('EXISTS k')).toBe(0);
});

it('removes what the target has acknowledged and nothing else', async () => {
  await using source = await start();
  let restored = 0;
  await using target = await fake(([name]) => {
    if (name === 'SELECT') return '+OK\r\n';
    restored++;
    if (restored === 2) return '-BUSYKEY there\r\n';
    return restored === 4 ? 'close' : '+OK\r\n';
  });
  for (const key of ['a', 'b', 'c', 'd']) source.run(`SET ${key} 1`);
  const effects = recordEffects(source.server);
  expect(await source.ask(`MIGRATE 127.0.0.1 ${target.port} "" 1 5000 KEYS a b c d`)).toBe(
    '-ERR Target instance replied with error: BUSYKEY there\r\n',
  );
  expect(effects).toEqual(['0 DEL a c']);
  expect(source.server.targets.size).toBe(0);
});

it('logs in each time it is told to, and selects once', async () => {
  await using source = await start();
  await using target = await fake(() => '+OK\r\n');
  for (const key of ['a', 'b', 'c']) source.run(`SET ${key} 1`);
  const to = `MIGRATE 127.0.0.1 ${target.port}`;
  await source.ask(`${to} a 2 5000 AUTH secret`);
  await source.ask(`${to} b 2 5000 AUTH2 me secret`);
  await source.ask(`${to} c 4 5000`);
  expect(target.received.map(([name, first]) => `${name} ${first}`)).toEqual([
    ...['AUTH secret', 'SELECT 2', 'RESTORE a', 'AUTH me', 'RESTORE b', 'SELECT 4', 'RESTORE c'],
  ]);
  expect(target.sockets).toHaveLength(1);
});

it.each([
  ['AUTH', '-WRONGPASS no\r\n'],
  ['SELECT', '-ERR DB index is out of range\r\n'],
])('keeps the keys when %s is refused', async (refused, answer) => {
  await using source = await start();
  await using target = await fake(([name]) => (name === refused ? answer : '+OK\r\n'));
  source.run('SET a 1');
  expect(await source.ask(`MIGRATE 127.0.0.1 ${target.port} a 99 5000 AUTH x`)).toBe(
    `-ERR Target instance replied with error: ${answer.slice(1)}`,
  );
  expect(source.run('EXISTS a')).toBe(1);
});

it('tries once more when a connection that was kept has ended meanwhile', async () => {
  await using source = await start();
  await using target = await fake(([name, key], connection) =>
    name === 'RESTORE' && key === 'b' && connection === 0 ? 'close' : '+OK\r\n',
  );
  source.run('SET a 1');
  source.run('SET b 1');
  await source.ask(`MIGRATE 127.0.0.1 ${target.port} a 0 5000`);
  expect(await source.ask(`MIGRATE 127.0.0.1 ${target.port} b 0 5000`)).toBe('+OK\r\n');
  expect(target.sockets).toHaveLength(2);
});

it('closes the connection ten seconds after its last use', async () => {
  const clock = new ManualClock();
  await using source = await start({ clock });
  await using target = await fake(() => '+OK\r\n');
  source.run('SET a 1');
  await source.ask(`MIGRATE 127.0.0.1 ${target.port} a 0 5000`);
  expect(await source.ask('INFO stats')).toContain('migrate_cached_sockets:1\r\n');
  clock.advance(9000);
  expect(source.server.targets.size).toBe(1);
  clock.advance(2000);
  expect(source.server.targets.size).toBe(0);
});

it('gives up after the timeout, without a second try, and keeps the key', async () => {
  const clock = new ManualClock();
  await using source = await start({ clock });
  await using target = await fake(([name]) => (name === 'SELECT' ? '+OK\r\n' : undefined));
  source.run('SET a 1');
  const reply = source.ask(`MIGRATE 127.0.0.1 ${target.port} a 0 300`);
  await target.got('RESTORE');
  clock.advance(300);
  expect(await reply).toBe('-IOERR error or timeout reading to target instance\r\n');
  expect(target.count('RESTORE')).toBe(1);
  expect(source.run('EXISTS a')).toBe(1);
});

it.each([
  ['127.0.0.1', '1', '-IOERR error or timeout writing to target instance\r\n'],
  ['nosuch.invalid', '1', '-IOERR error or timeout connecting to the client\r\n'],
])('tells where a target %s:%s fails', async (host, port, error) => {
  await using source = await start();
  source.run('SET a 1');
  expect(await source.ask(`MIGRATE ${host} ${port} a 0 5000`)).toBe(error);
});

/** A transfer whose target has the key and says nothing until `acknowledge`. */
async function onItsWay(source: Running) {
  const target = await fake(([name]) => (name === 'SELECT' ? '+OK\r\n' : undefined));
  const reply = source.ask(`MIGRATE 127.0.0.1 ${target.port} k 0 60000`);
  await target.got('RESTORE');
  return { reply, acknowledge: () => target.send('+OK\r\n'), [Symbol.asyncDispose]: () => target.close() };
}

it('lets others go on: what writes to the key waits until it is gone, whoever names it', async () => {
  await using source = await start();
  source.run('SET k 1');
  await using transfer = await onItsWay(source);
  const [writer, reader] = await Promise.all([RawClient.connect(source.port), RawClient.connect(source.port)]);
  writer.send(['MULTI'], ['APPEND', 'k', 'x'], ['EXEC'], ['GET', 'k']);
  expect(String(await reader.ask(['GET', 'k']))).toBe('$1\r\n1\r\n');
  expect(String(await reader.ask(['SET', 'other', '1']))).toBe('+OK\r\n');
  await until(() => source.server.pause.held.size === 1, 'the writer is held');
  transfer.acknowledge();
  expect(await transfer.reply).toBe('+OK\r\n');
  const replies = await writer.take(4);
  expect(replies.slice(2).join('')).toBe('*1\r\n:1\r\n$1\r\nx\r\n');
  writer.close();
  reader.close();
});

it('keeps a key that was changed on its way all the same, and says so', async () => {
  await using source = await start();
  source.run('SET k 1');
  await using transfer = await onItsWay(source);
  source.run('SET k 2');
  transfer.acknowledge();
  expect(await transfer.reply).toBe('-ERR 1 of the keys changed on their way: they are at both\r\n');
  expect(String(source.run('GET k'))).toBe('2');
});

it('is not ended by CLIENT UNBLOCK, and goes on when its client has gone', async () => {
  await using source = await start();
  source.run('SET k 1');
  await using transfer = await onItsWay(source);
  transfer.reply.catch(() => undefined);
  const migrating = [...source.server.sessions].find((session) => session.blocked !== undefined)!;
  expect(source.run(`CLIENT UNBLOCK ${migrating.id}`)).toBe(0);
  source.client.close();
  await until(() => !source.server.sessions.has(migrating), 'the client has gone');
  transfer.acknowledge();
  await until(() => source.run('EXISTS k') === 0, 'the key is gone');
});

it('is refused where nobody may wait', async () => {
  await using source = await start();
  source.run('SET k 1');
  await source.ask('MULTI');
  await source.ask('MIGRATE 127.0.0.1 1 k 0 5000');
  const refused = '-ERR MIGRATE cannot wait for its target inside a transaction or script\r\n';
  expect(await source.ask('EXEC')).toBe(`*1\r\n${refused}`);
});

it('shows no passwords in the slow log', async () => {
  await using source = await start({ directives: { 'slowlog-log-slower-than': '0' } });
  await source.ask('MIGRATE 127.0.0.1 1 k 0 5000 COPY AUTH2 me secret KEYS');
  await source.ask('MIGRATE 127.0.0.1 1 "" 0 5000 AUTH auth KEYS auth a');
  const words = source.server.slowLog.entries.map(({ words }) => words.slice(6).join(' '));
  expect(words).toEqual(
    expect.arrayContaining(['COPY AUTH2 (redacted) (redacted) KEYS', 'AUTH (redacted) KEYS auth a']),
  );
});

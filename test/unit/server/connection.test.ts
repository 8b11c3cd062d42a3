import { describe, expect, it, vi } from 'vitest';
import { type Reply, VerbatimText } from '../../../src/resp/reply.js';
import { Server } from '../../../src/server/server.js';
import type { ServerOptions } from '../../../src/server/server-options.js';
import { ManualClock } from '../../../src/testing/clock.js';
import { until } from '../../harness/until.js';
import { Wire } from '../../harness/wire.js';

interface Listening extends AsyncDisposable {
  readonly server: Server;
  readonly clock: ManualClock;
  connect(): Promise<Wire>;
}

async function listening(options: ServerOptions = {}): Promise<Listening> {
  const clock = new ManualClock();
  const server = await Server.start({ clock, ...options });
  const { port = 0 } = await server.listen({ port: 0 });
  const wires: Wire[] = [];
  return {
    server,
    clock,
    async connect() {
      const wire = await Wire.connect({ host: '127.0.0.1', port });
      wires.push(wire);
      return wire;
    },
    async [Symbol.asyncDispose]() {
      for (const wire of wires) wire.close();
      await server.close();
    },
  };
}

function text(reply: Reply): string {
  return reply instanceof VerbatimText ? reply.text : String(reply);
}

it('tells each command of a pipeline a later time', async () => {
  await using running = await listening();
  const wire = await running.connect();
  wire.send('TIME\r\nTIME\r\n');
  const seconds = '$10\r\n1577836800\r\n';
  await wire.expect(`*2\r\n${seconds}$1\r\n0\r\n*2\r\n${seconds}$1\r\n1\r\n`);
});

it('reads what several clients send in pieces from one buffer without mixing it up', async () => {
  await using running = await listening();
  const [one, other] = await Promise.all([running.connect(), running.connect()]);
  one.send('*2\r\n$4\r\nECHO\r\n$5\r\nfi');
  await until(() => running.server.bufferMemory > 0, 'the first half has come');
  other.send('ECHO second\r\n');
  await other.expect('$6\r\nsecond\r\n');
  const { bytes } = running.server.reads.area;
  expect(bytes.latin1Slice(0, 13)).toBe('ECHO second\r\n');
  one.send('rst\r\n');
  await one.expect('$5\r\nfirst\r\n');
});

it('keeps a command that CLIENT PAUSE holds while others write over where it was read', async () => {
  await using running = await listening();
  const [held, other] = await Promise.all([running.connect(), running.connect()]);
  other.send('CLIENT PAUSE 100000 WRITE\r\n');
  await other.expect('+OK\r\n');
  held.send('*3\r\n$3\r\nSET\r\n$1\r\na\r\n$4\r\nheld\r\n');
  await until(() => running.server.pause.held.size === 1, 'it is held');
  other.send(`ECHO ${'x'.repeat(100)}\r\nCLIENT UNPAUSE\r\n`);
  await other.expect(`$100\r\n${'x'.repeat(100)}\r\n+OK\r\n`);
  await held.expect('+OK\r\n');
  held.send('GET a\r\n');
  await held.expect('$4\r\nheld\r\n');
});

describe('commands of a pipeline', () => {
  const pipeline = 'SET a 1\r\nINCR a\r\nINCR a\r\nGET a\r\n';
  const replies = '+OK\r\n:2\r\n:3\r\n$1\r\n3\r\n';

  it('are each in the slow log where it is to have them', async () => {
    await using running = await listening({ directives: { 'slowlog-log-slower-than': '0' } });
    const wire = await running.connect();
    wire.send(pipeline);
    await wire.expect(replies);
    const words = running.server.slowLog.entries.map((entry) => entry.words.join(' '));
    expect(words.reverse()).toEqual(['SET a 1', 'INCR a', 'INCR a', 'GET a']);
  });

  it('are counted each, and have all of their time, where they are timed together', async () => {
    await using running = await listening();
    const wire = await running.connect();
    wire.send(pipeline.repeat(30));
    await wire.expect(replies.repeat(30));
    const { stats, commands } = running.server;
    const incr = stats.byCommand.get(commands.get('incr')!)!;
    expect([incr.calls, incr.histogram?.count]).toEqual([60, 60]);
    expect(incr.microseconds).toBeGreaterThan(0);
    expect(stats.commands).toBe(120);
  });
});

describe('limits of connections', () => {
  it('more than maxclients are refused', async () => {
    await using running = await listening({ settings: { maxClients: 1 } });
    const first = await running.connect();
    first.send('PING\r\n');
    await first.expect('+PONG\r\n');
    const second = await running.connect();
    await second.expect('-ERR max number of clients reached\r\n');
    await second.expectEnd();
    first.close();
    await until(() => running.server.listeners.connections.size === 0, 'the first has gone');
    const third = await running.connect();
    third.send('PING\r\n');
    await third.expect('+PONG\r\n');
    expect(running.server.stats.rejectedConnections).toBe(1);
  });

  it('idle ones are disconnected, subscribers and busy ones are not', async () => {
    await using running = await listening({ directives: { timeout: '10' } });
    const [idle, busy, subscriber] = await Promise.all([running.connect(), running.connect(), running.connect()]);
    subscriber.send('SUBSCRIBE a\r\n');
    await subscriber.expect('*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n');
    for (const wire of [idle, busy]) {
      wire.send('PING\r\n');
      await wire.expect('+PONG\r\n');
    }
    running.clock.advance(8000);
    busy.send('PING\r\n');
    await busy.expect('+PONG\r\n');
    running.clock.advance(4000);
    await idle.expectEnd();
    running.server.session().run('PUBLISH', 'a', 'x');
    await subscriber.expect('*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n');
    busy.send('PING\r\n');
    await busy.expect('+PONG\r\n');
  });

  it('a subscriber that does not read is disconnected once its limit is passed', async () => {
    const limit = { 'client-output-buffer-limit': 'pubsub 1mb 0 0' };
    await using running = await listening({ directives: limit });
    const slow = await running.connect();
    slow.send('SUBSCRIBE a\r\n');
    await slow.expect('*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n');
    slow.socket.pause();
    const publisher = running.server.session();
    const message = 'x'.repeat(256 * 1024);
    await until(() => {
      publisher.run('PUBLISH', 'a', message);
      return running.server.listeners.connections.size === 0;
    }, 'the subscriber was disconnected');
    expect(publisher.run('PUBLISH', 'a', 'x')).toBe(0);
  });

  it('what a client has sent behind a command that waits does not run once it is gone', async () => {
    await using running = await listening();
    const { server } = running;
    const client = await running.connect();
    client.send('BLPOP queue 0\r\nSET after 1\r\nBLPOP jobs 0\r\n');
    await until(() => server.blocking.clients === 1, 'it waits');
    client.socket.resetAndDestroy();
    await until(() => server.listeners.connections.size === 0, 'it is gone');
    await new Promise(setImmediate);
    expect(server.blocking.clients).toBe(0);
    expect(server.session().run('RPUSH', 'jobs', 'one')).toBe(1);
    expect(server.session().run('EXISTS', 'after', 'queue')).toBe(0);
    expect(server.session().run('LLEN', 'jobs')).toBe(1);
  });

  it('of many who wait for a key as many are asked as it serves', async () => {
    await using running = await listening();
    const { server } = running;
    const session = server.session();
    const waiting = await Promise.all(Array.from({ length: 20 }, () => running.connect()));
    for (const [i, wire] of waiting.entries()) {
      wire.send('BLPOP queue 0\r\n');
      await until(() => server.blocking.clients === i + 1, 'it waits');
    }
    const executed = vi.spyOn(server.dispatcher, 'execute');
    session.run('RPUSH', 'queue', 'one', 'two');
    await waiting[0]!.expect('*2\r\n$5\r\nqueue\r\n$3\r\none\r\n');
    await waiting[1]!.expect('*2\r\n$5\r\nqueue\r\n$3\r\ntwo\r\n');
    expect(server.blocking.clients).toBe(18);
    expect(executed.mock.calls.map(([, command]) => command.name)).toEqual(['rpush', 'blpop', 'blpop']);
  });

  it.each([
    ['killed', (server: Server) => void server.session().run('CLIENT', 'KILL', 'TYPE', 'normal')],
    ['idle for too long', (_: Server, clock: ManualClock) => clock.advance(12_000)],
    ['idle since it has said QUIT', (_: Server, clock: ManualClock) => clock.advance(62_000)],
  ])('a client that does not read is let go of with its replies when it is %s', async (how, end) => {
    await using running = await listening({ directives: { timeout: how === 'idle for too long' ? '10' : '0' } });
    const { server, clock } = running;
    server.session().run('SET', 'big', 'x'.repeat(12 * 1024 * 1024));
    const client = await running.connect();
    client.socket.pause();
    client.send(how.endsWith('QUIT') ? 'GET big\r\nQUIT\r\n' : 'GET big\r\n');
    await until(() => server.bufferMemory > 1024 * 1024, 'replies wait');
    end(server, clock);
    await until(() => server.listeners.connections.size === 0, 'it is gone');
    expect(server.bufferMemory).toBe(0);
  });

  it('a client may take its time for a reply that is longer than what messages may pile up to', async () => {
    const settings = { outputLimit: 1024 * 1024 };
    await using running = await listening({ settings });
    const { server, clock } = running;
    const value = 'x'.repeat(12 * 1024 * 1024);
    server.session().run('SET', 'big', value);
    const slow = await running.connect();
    slow.socket.pause();
    slow.send('GET big\r\n');
    await until(() => server.bufferMemory > settings.outputLimit, 'most of the reply waits');
    clock.advance(5_000);
    slow.socket.resume();
    await slow.expect(`$${value.length}\r\n${value}\r\n`);
    slow.send('SUBSCRIBE a\r\n');
    await slow.expect('*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n');
    slow.socket.pause();
    const message = 'x'.repeat(256 * 1024);
    await until(() => {
      server.session().run('PUBLISH', 'a', message);
      return server.listeners.connections.size === 0;
    }, 'the subscriber was disconnected');
  });

  it('a reply longer than the hard limit is not sent, and its client is gone', async () => {
    await using running = await listening({ directives: { 'client-output-buffer-limit': 'normal 100000 0 0' } });
    running.server.session().run('SET', 'long', 'x'.repeat(99_000));
    const greedy = await running.connect();
    greedy.send('MULTI\r\nGET long\r\nGET long\r\nSET after 1\r\n');
    await greedy.expect('+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n');
    greedy.send('EXEC\r\n');
    await greedy.expectEnd();
    expect(running.server.session().run('EXISTS', 'after')).toBe(1);
  });

  it('a command that is longer than client-query-buffer-limit ends its connection', async () => {
    await using running = await listening({ directives: { 'client-query-buffer-limit': '1mb' } });
    const wire = await running.connect();
    wire.send(`*2\r\n$3\r\nGET\r\n$2000000\r\n${'x'.repeat(1_100_000)}`);
    await wire.expectEnd();
    expect(running.server.sessions.size).toBe(0);
  });

  it('clients that take more than maxmemory-clients together go, the largest first, except protected ones', async () => {
    await using running = await listening({ directives: { 'maxmemory-clients': '0' } });
    const session = running.server.session();
    const clients = [];
    for (const [name, size] of Object.entries({ small: 200_000, large: 900_000, spared: 950_000 })) {
      const wire = await running.connect();
      if (name === 'spared') wire.send('CLIENT NO-EVICT ON\r\n');
      wire.send(`CLIENT SETNAME ${name}\r\n*2\r\n$3\r\nGET\r\n$${size}\r\n${'x'.repeat(size)}`);
      await wire.expect(name === 'spared' ? '+OK\r\n+OK\r\n' : '+OK\r\n');
      clients.push(wire);
    }
    const names = () => [...running.server.sessions].filter(({ peer }) => peer.socket).map(({ name }) => name);
    session.run('CONFIG', 'SET', 'maxmemory-clients', '1500000');
    expect(names()).toEqual(['small', 'spared']);
    await clients[1]!.expectEnd();
    session.run('CONFIG', 'SET', 'maxmemory-clients', '100000');
    expect(names()).toEqual(['spared']);
    expect(text(session.run('INFO', 'stats'))).toContain('evicted_clients:2');
  });

  it('a reply that fits into its buffer counts no more than the buffer', async () => {
    await using running = await listening({ directives: { 'maxmemory-clients': '0' } });
    const wire = await running.connect();
    const { server } = running;
    wire.send('PING\r\n');
    await wire.expect('+PONG\r\n');
    const total = [...server.listeners.connections].reduce((sum, { memory }) => sum + memory, 0);
    server.session().run('CONFIG', 'SET', 'maxmemory-clients', String(total + 1));
    wire.send(`ECHO ${'x'.repeat(10_000)}\r\n`);
    await wire.expect(`$10000\r\n${'x'.repeat(10_000)}\r\n`);
    expect(text(server.session().run('INFO', 'stats'))).toContain('evicted_clients:0');
  });
});

describe('CLIENT', () => {
  it('PAUSE holds commands until its time is over, then runs them in order', async () => {
    await using running = await listening();
    const wire = await running.connect();
    wire.send('CLIENT PAUSE 5000\r\nSET k v\r\nGET k\r\n');
    await wire.expect('+OK\r\n');
    await until(() => running.server.pause.held.size === 1, 'the command waits');
    expect(text(running.server.session().run('INFO', 'clients'))).toContain('blocked_clients:1');
    running.clock.advance(4999);
    expect(running.server.keyspace.databases[0]!.size).toBe(0);
    running.clock.advance(1);
    await wire.expect('+OK\r\n$1\r\nv\r\n');
  });

  it('PAUSE WRITE holds a transaction that writes, and scripts', async () => {
    await using running = await listening();
    const [control, writer, scripter] = await Promise.all([running.connect(), running.connect(), running.connect()]);
    writer.send('MULTI\r\nSET k v\r\n');
    await writer.expect('+OK\r\n+QUEUED\r\n');
    control.send('CLIENT PAUSE 5000 WRITE\r\nGET k\r\n');
    await control.expect('+OK\r\n$-1\r\n');
    writer.send('EXEC\r\n');
    scripter.send('EVAL "return 1" 0\r\n');
    await until(() => running.server.pause.held.size === 2, 'both wait');
    control.send('CLIENT UNPAUSE\r\n');
    await control.expect('+OK\r\n');
    await writer.expect('*1\r\n+OK\r\n');
    await scripter.expect(':1\r\n');
  });

  it('KILL ends others at once, oneself after the reply', async () => {
    await using running = await listening();
    const [killer, victim] = await Promise.all([running.connect(), running.connect()]);
    victim.send('CLIENT ID\r\n');
    const id = (await victim.readUntil('\r\n')).toString().slice(1, -2);
    killer.send(`CLIENT KILL ID ${id}\r\n`);
    await killer.expect(':1\r\n');
    await victim.expectEnd();
    killer.send('CLIENT KILL TYPE normal SKIPME no\r\nPING\r\n');
    await killer.expect(':1\r\n');
    await killer.expectEnd();
  });

  it('UNBLOCK ends a wait as a timeout or as an error', async () => {
    await using running = await listening();
    const [control, waiter] = await Promise.all([running.connect(), running.connect()]);
    waiter.send('CLIENT ID\r\nBLPOP k 0\r\n');
    const id = (await waiter.readUntil('\r\n')).toString().slice(1, -2);
    await until(() => running.server.blocking.clients === 1, 'it waits');
    control.send(`CLIENT UNBLOCK ${id} ERROR\r\n`);
    await control.expect(':1\r\n');
    await waiter.expect('-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n');
    waiter.send('BLPOP k 0\r\n');
    await until(() => running.server.blocking.clients === 1, 'it waits again');
    control.send(`CLIENT UNBLOCK ${id}\r\n`);
    await control.expect(':1\r\n');
    await waiter.expect('*-1\r\n');
    expect(text(running.server.session().run('INFO', 'commandstats'))).toMatch(
      /cmdstat_blpop:calls=2,.*,rejected_calls=0,failed_calls=2\r\n/,
    );
  });

  it.each(['\r\n', '*0\r\n', '*-1\r\n', '\r\n\r\n'])('REPLY SKIP is over with an empty request: %j', async (empty) => {
    await using running = await listening();
    const wire = await running.connect();
    wire.send(`CLIENT REPLY SKIP\r\n${empty}ECHO a\r\n`);
    await wire.expect('$1\r\na\r\n');
    wire.send(`CLIENT REPLY OFF\r\n${empty}ECHO b\r\nCLIENT REPLY ON\r\n`);
    await wire.expect('+OK\r\n');
  });

  it('REPLY OFF is about replies: what DEBUG PROTOCOL pushes comes', async () => {
    await using running = await listening({ directives: { 'enable-debug-command': 'yes' } });
    const wire = await running.connect();
    wire.send('HELLO 3\r\n');
    await wire.readUntil('modules\r\n*0\r\n');
    wire.send('CLIENT REPLY OFF\r\nDEBUG PROTOCOL push\r\nCLIENT REPLY ON\r\n');
    await wire.expect('>2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n+OK\r\n');
  });

  it('NO-TOUCH leaves the access clock alone', async () => {
    await using running = await listening();
    const session = running.server.session();
    session.run('SET', 'k', 'v');
    running.clock.advance(50_000);
    session.run('CLIENT', 'NO-TOUCH', 'ON');
    session.run('GET', 'k');
    expect(session.run('OBJECT', 'IDLETIME', 'k')).toBe(50);
    session.run('CLIENT', 'NO-TOUCH', 'OFF');
    session.run('GET', 'k');
    expect(session.run('OBJECT', 'IDLETIME', 'k')).toBe(0);
  });

  it('in-process sessions are listed and not killed', async () => {
    await using running = await listening();
    const session = running.server.session();
    expect(text(session.run('CLIENT', 'LIST'))).toContain('addr=local');
    expect(session.run('CLIENT', 'KILL', 'SKIPME', 'no', 'TYPE', 'normal')).toBe(0);
    expect(String(session.run('SHUTDOWN'))).toContain('ERR SHUTDOWN is not for callers in the same process');
  });
});

describe('what is never shown', () => {
  it('passwords are not in the slow log and not in monitors', async () => {
    await using running = await listening({ directives: { 'slowlog-log-slower-than': '0' } });
    const [monitor, client] = await Promise.all([running.connect(), running.connect()]);
    monitor.send('MONITOR\r\n');
    await monitor.expect('+OK\r\n');
    client.send(
      'CONFIG SET requirepass verysecret\r\nAUTH verysecret\r\nHELLO 3 AUTH default verysecret\r\nECHO end\r\n',
    );
    const seen = (await monitor.readUntil('"ECHO" "end"\r\n')).toString();
    expect(seen).toContain('"AUTH" "(redacted)"');
    expect(seen).not.toContain('verysecret');
    const log = JSON.stringify(running.server.slowLog.entries);
    expect(log).toContain('(redacted)');
    expect(log).not.toContain('verysecret');
  });

  it('long commands are cut in the slow log', async () => {
    await using running = await listening({ directives: { 'slowlog-log-slower-than': '0' } });
    const session = running.server.session();
    session.run('DEL', 'x'.repeat(200), ...Array.from({ length: 40 }, (_, i) => `k${i}`));
    const { words } = running.server.slowLog.entries[0]!;
    expect(words).toHaveLength(32);
    expect(words[1]).toBe(`${'x'.repeat(128)}... (72 more bytes)`);
    expect(words.at(-1)).toBe('... (11 more arguments)');
  });
});

describe('DEBUG', () => {
  it('is off unless the configuration allows it', async () => {
    await using running = await listening();
    expect(String(running.server.session().run('DEBUG', 'SLEEP', 0))).toContain('DEBUG command not allowed');
    await using local = await listening({ directives: { 'enable-debug-command': 'local' } });
    const wire = await local.connect();
    wire.send('DEBUG SLEEP 0\r\nDEBUG POPULATE 3 p 5\r\nGET p:2\r\n');
    await wire.expect('+OK\r\n+OK\r\n$5\r\nvalue\r\n');
  });
});

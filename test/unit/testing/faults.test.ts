import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Fault,
  type FaultProxy,
  ManualClock,
  startFaultProxy,
  startServer,
  type TestServer,
} from '../../../src/testing/index.js';

/** The same faults, whether a test server has them itself or a proxy before it. */
describe.each(['server', 'proxy'])('faults of a %s', (kind) => {
  let server: TestServer;
  let faulty: TestServer | FaultProxy;
  let clock: ManualClock;

  beforeEach(async () => {
    clock = new ManualClock();
    server = await startServer({ clock });
    faulty = kind === 'server' ? server : await startFaultProxy({ target: { port: server.port }, clock });
    server.session.run('SET', 'k', 'value');
  });

  afterEach(async () => {
    await faulty.close();
    await server.close();
  });

  /** Sends the commands at once and collects bytes until the connection ends or `until` has arrived. */
  async function talk(commands: string, until?: string): Promise<{ bytes: string; ended: boolean }> {
    const socket = connect(faulty.port, '127.0.0.1');
    socket.write(commands);
    const result = await collect(socket, until);
    socket.destroy();
    return result;
  }

  it('delays replies of a connection that ends behind them, and loses none', async () => {
    faulty.inject({ command: 'GET', fault: { kind: 'delay', ms: 100 } });
    const talked = talk('GET k\r\nQUIT\r\n');
    let isOver = false;
    void talked.finally(() => {
      isOver = true;
    });
    await expect.poll(() => clock.advanceAsync(100).then(() => isOver)).toBe(true);
    expect(await talked).toEqual({ bytes: '$5\r\nvalue\r\n+OK\r\n', ended: true });
  });

  it('passes commands and replies, and keeps a log', async () => {
    expect(await talk('GET k\r\nPING\r\n', 'PONG')).toEqual({ bytes: '$5\r\nvalue\r\n+PONG\r\n', ended: false });
    expect(faulty.commands.names()).toEqual(['GET', 'PING']);
    const when = clock.now();
    expect(faulty.commands.all[0]).toEqual({
      name: 'GET',
      args: ['k'],
      keys: ['k'],
      connection: expect.any(Number) as number,
      when,
    });
  });

  it.each<[Fault, string, number | null]>([
    [{ kind: 'drop-before' }, '+PONG\r\n', 0],
    [{ kind: 'drop-after' }, '+PONG\r\n', 1],
    [{ kind: 'cut', bytes: 2 }, '+PONG\r\n:1', 1],
  ])('$kind ends the connection behind what was answered', async (fault, bytes, counter) => {
    const struck = faulty.inject({ command: 'incr', fault });
    const answered = connect(faulty.port, '127.0.0.1');
    const all = collect(answered);
    answered.write('PING\r\n');
    await faulty.commands.arrived({ command: 'PING' });
    await untilRead(answered, 7);
    answered.write('INCR n\r\nINCR n\r\n');
    expect(await all).toEqual({ bytes, ended: true });
    expect(Number(server.session.run('GET', 'n'))).toBeLessThanOrEqual(counter! + (kind === 'proxy' ? 1 : 0));
    expect(Number(server.session.run('GET', 'n'))).toBeGreaterThanOrEqual(counter!);
    expect(struck.struck).toBe(1);
  });

  it('answers an error in the place of the reply, in order', async () => {
    faulty.inject({ command: 'get', fault: { kind: 'error', message: 'LOADING' } });
    const { bytes } = await talk('PING\r\nGET k\r\nECHO x\r\n', 'x\r\n');
    expect(bytes).toBe('+PONG\r\n-LOADING Redis is loading the dataset in memory\r\n$1\r\nx\r\n');
  });

  it('answers any error line, and redirections for the slot of the key', async () => {
    faulty.inject({ command: 'echo', fault: { kind: 'error', message: 'ERR no' } });
    faulty.inject({ key: 'foo', fault: { kind: 'moved', to: { port: 7001 } } });
    faulty.inject({ key: 'foo', fault: { kind: 'ask', to: 'redis.example:7002' } });
    const { bytes } = await talk('ECHO x\r\nGET foo\r\nSET foo 1\r\nPING\r\n', 'PONG\r\n');
    expect(bytes).toBe('-ERR no\r\n-MOVED 12182 127.0.0.1:7001\r\n-ASK 12182 redis.example:7002\r\n+PONG\r\n');
    expect(server.session.run('EXISTS', 'foo')).toBe(0);
  });

  it('strikes as often as it is told, at every so-manieth, and until it is removed', async () => {
    const error = { kind: 'error', message: 'ERR no' } as const;
    faulty.inject({ key: 'k*', fault: error, times: 2 });
    expect((await talk('GET k\r\nMGET a k2\r\nGET k\r\n', 'value')).bytes).toBe(
      '-ERR no\r\n-ERR no\r\n$5\r\nvalue\r\n',
    );
    {
      using third = faulty.inject({ command: ['PING', 'ECHO'], fault: error, every: 3 });
      const { bytes } = await talk('PING\r\nECHO 1\r\nPING\r\nPING\r\nPING\r\nECHO 6\r\nGET k\r\n', 'value');
      expect(bytes.split('\r\n').filter((line) => line === '-ERR no')).toHaveLength(2);
      expect(third.struck).toBe(2);
    }
    expect((await talk('PING\r\nPING\r\nPING\r\nECHO x\r\n', 'x\r\n')).bytes).not.toContain('ERR no');
  });

  it('chooses by its seed what a probability strikes', async () => {
    const rule = { command: 'ECHO', fault: { kind: 'error', message: 'ERR no' }, probability: 0.5 } as const;
    const echoes = `${Array.from({ length: 200 }, (_, i) => `ECHO ${i}\r\n`).join('')}PING\r\n`;
    const one = faulty.inject(rule);
    const first = await talk(echoes, 'PONG\r\n');
    expect(one.struck).toBeGreaterThan(50);
    expect(one.struck).toBeLessThan(150);
    await using other = await startServer({ clock });
    const same = other.inject(rule);
    const socket = connect(other.port, '127.0.0.1');
    socket.write(echoes);
    expect(await collect(socket, 'PONG\r\n')).toEqual(first);
    socket.destroy();
    expect(same.struck).toBe(one.struck);
  });

  it('strikes one connection, or what a test of its own says', async () => {
    await talk('PING\r\n', 'PONG');
    const [last] = faulty.commands.all;
    faulty.inject({ connection: last!.connection, fault: { kind: 'error', message: 'ERR no' } });
    expect((await talk('PING\r\n', 'PONG')).bytes).toBe('+PONG\r\n');
    faulty.inject({ match: ({ args }) => args.includes('b'), fault: { kind: 'error', message: 'ERR b' } });
    expect((await talk('ECHO a\r\nECHO b\r\nPING\r\n', 'PONG')).bytes).toBe('$1\r\na\r\n-ERR b\r\n+PONG\r\n');
  });

  it('falls silent and keeps the connection, while others are served', async () => {
    faulty.inject({ command: 'incr', fault: { kind: 'silence' } });
    const socket = connect(faulty.port, '127.0.0.1');
    socket.write('PING\r\nINCR n\r\nINCR n\r\nECHO x\r\n');
    const silent = collect(socket, 'x\r\n');
    while (Number(server.session.run('GET', 'n')) < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(await talk('PING\r\n', 'PONG')).toEqual({ bytes: '+PONG\r\n', ended: false });
    expect(faulty.connections).toBeGreaterThan(0);
    socket.end();
    expect(await silent).toEqual({ bytes: '+PONG\r\n', ended: true });
  });

  it('holds replies back until the clock has moved, each its time', async () => {
    faulty.inject({ command: 'get', fault: { kind: 'delay', ms: 1000 }, times: 2 });
    const socket = connect(faulty.port, '127.0.0.1');
    const replies = collect(socket, 'PONG\r\n');
    const pending = clock.pending;
    socket.write('GET k\r\nGET k\r\nPING\r\n');
    while (clock.pending === pending) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(999);
    // What had been let go would be here by then.
    expect((await talk('PING\r\n', 'PONG')).bytes).toBe('+PONG\r\n');
    expect(socket.bytesRead).toBe(0);
    clock.advance(1);
    expect((await replies).bytes).toBe('$5\r\nvalue\r\n$5\r\nvalue\r\n+PONG\r\n');
    socket.destroy();
  });

  it('loses a reply behind one that is late, and not that one', async () => {
    faulty.inject({ command: 'GET', fault: { kind: 'delay', ms: 100 } });
    faulty.inject({ command: 'SET', fault: { kind: 'drop-after' } });
    const talked = talk('GET k\r\nSET k other\r\n');
    await expect.poll(() => server.commands.names()).toContain('SET');
    let isOver = false;
    void talked.finally(() => {
      isOver = true;
    });
    await expect.poll(() => clock.advanceAsync(100).then(() => isOver)).toBe(true);
    expect(await talked).toEqual({ bytes: '$5\r\nvalue\r\n', ended: true });
  });

  it('refuses connections', async () => {
    const refusal = faulty.inject({ fault: { kind: 'refuse' }, times: 2 });
    expect((await talk('PING\r\n')).ended).toBe(true);
    expect((await talk('PING\r\n')).ended).toBe(true);
    expect((await talk('PING\r\n', 'PONG')).bytes).toBe('+PONG\r\n');
    expect(refusal.struck).toBe(2);
    faulty.inject({ fault: { kind: 'refuse' }, times: 'always' });
    expect((await talk('PING\r\n')).ended).toBe(true);
    faulty.heal();
    expect((await talk('PING\r\n', 'PONG')).bytes).toBe('+PONG\r\n');
  });

  it('tells when a command has arrived', async () => {
    const second = faulty.commands.arrived({ command: 'ECHO' }, { count: 2 });
    await talk('ECHO 1\r\nPING\r\nECHO 2\r\n', '2\r\n');
    expect((await second).args).toEqual(['2']);
    await expect(faulty.commands.arrived({ key: 'none' }, { limit: 1 })).rejects.toThrow('ECHO PING ECHO');
  });
});

function collect(socket: Socket, until?: string): Promise<{ bytes: string; ended: boolean }> {
  let bytes = '';
  return new Promise((resolve) => {
    socket.on('data', (chunk) => {
      bytes += chunk.toString('latin1');
      if (until !== undefined && bytes.includes(until)) resolve({ bytes, ended: false });
    });
    socket.on('error', () => resolve({ bytes, ended: true }));
    socket.on('close', () => resolve({ bytes, ended: true }));
  });
}

async function untilRead(socket: Socket, bytes: number): Promise<void> {
  while (socket.bytesRead < bytes) await new Promise((resolve) => setImmediate(resolve));
}

import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/testing/clock.js';
import { type Fault, type FaultProxy, startFaultProxy } from '../../../src/testing/fault-proxy.js';
import { startServer, type TestServer } from '../../../src/testing/test-server.js';

let server: TestServer;
let proxy: FaultProxy;
const clock = new ManualClock();

beforeEach(async () => {
  server = await startServer();
  proxy = await startFaultProxy({ target: { port: server.port }, clock });
  server.session.run('SET', 'k', 'value');
});

afterEach(async () => {
  await proxy.close();
  await server.close();
});

/** Sends the commands at once and collects bytes until the connection ends or `until` has arrived. */
async function talk(commands: string, until?: string): Promise<{ bytes: string; ended: boolean }> {
  const socket = connect(proxy.port, '127.0.0.1');
  socket.write(commands);
  const result = await collect(socket, until);
  socket.destroy();
  return result;
}

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

describe('FaultProxy', () => {
  it('passes commands and replies, and keeps a log', async () => {
    expect(await talk('GET k\r\nPING\r\n', 'PONG')).toEqual({ bytes: '$5\r\nvalue\r\n+PONG\r\n', ended: false });
    expect(proxy.log).toEqual([['GET', 'k'], ['PING']]);
  });

  it.each<[string, Fault, string, number | null]>([
    ['drop-before', { kind: 'drop-before' }, '', 0],
    ['drop-after', { kind: 'drop-after' }, '', 1],
    ['cut', { kind: 'cut', bytes: 2 }, ':1', 1],
  ])('%s ends the connection', async (_, fault, bytes, counter) => {
    proxy.inject({ match: 'incr', fault });
    expect(await talk('INCR n\r\n')).toEqual({ bytes, ended: true });
    const value = server.session.run('GET', 'n');
    expect(Number(value)).toBe(counter);
  });

  it('answers an error in the place of the reply, in order', async () => {
    proxy.inject({ match: 'get', fault: { kind: 'error', message: 'LOADING Redis is loading the dataset in memory' } });
    const { bytes } = await talk('PING\r\nGET k\r\nECHO x\r\n', 'x\r\n');
    expect(bytes).toBe('+PONG\r\n-LOADING Redis is loading the dataset in memory\r\n$1\r\nx\r\n');
  });

  it('strikes as often as it is told', async () => {
    proxy.inject({ match: (words) => words[1] === 'k', fault: { kind: 'error', message: 'ERR no' }, times: 2 });
    const { bytes } = await talk('GET k\r\nGET k\r\nGET k\r\n', 'value');
    expect(bytes).toBe('-ERR no\r\n-ERR no\r\n$5\r\nvalue\r\n');
  });

  it('falls silent and keeps the connection, while others are served', async () => {
    proxy.inject({ match: 'incr', fault: { kind: 'silence' } });
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write('PING\r\nINCR n\r\nINCR n\r\nECHO x\r\n');
    const silent = collect(socket, 'x\r\n');
    while (Number(server.session.run('GET', 'n')) < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(await talk('PING\r\n', 'PONG')).toEqual({ bytes: '+PONG\r\n', ended: false });
    expect(proxy.connections).toBeGreaterThan(0);
    socket.end();
    expect(await silent).toEqual({ bytes: '+PONG\r\n', ended: true });
  });

  it('holds a reply back until the clock has moved', async () => {
    proxy.inject({ match: 'get', fault: { kind: 'delay', ms: 1000 } });
    const socket = connect(proxy.port, '127.0.0.1');
    const first = collect(socket, 'value');
    socket.write('GET k\r\n');
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1000);
    expect((await first).bytes).toBe('$5\r\nvalue\r\n');
    socket.destroy();
  });

  it('refuses connections while told to', async () => {
    proxy.refuse = true;
    expect((await talk('PING\r\n')).ended).toBe(true);
    proxy.heal();
    expect((await talk('PING\r\n', 'PONG')).bytes).toBe('+PONG\r\n');
  });
});

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { freePorts } from '../harness/ports.js';
import { RawClient } from '../harness/raw-client.js';
import { ServerProcess } from '../harness/server-process.js';
import { until } from '../harness/until.js';
import { record } from './results.js';

/**
 * Ten thousand clients that have said one thing each and are silent since, in a server of its own process: what each of
 * them takes, how long CLIENT LIST takes, and how long another client waits meanwhile.
 */
const CLIENTS = 10_000;
const AT_ONCE = 250;
const PINGS = 5_000;

test('ten thousand idle connections', async () => {
  const began = performance.now();
  const [port = 0] = await freePorts(1);
  await using server = await new ServerProcess(['--port', String(port), '--maxclients', String(CLIENTS + 10)]).ready();
  const client = await RawClient.connect(port);
  const info = async (field: string) => {
    const text = String(await client.ask(['INFO', 'everything']));
    return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(text)![1]);
  };
  const before = await info('used_memory_rss');

  const idle: Socket[] = [];
  while (idle.length < CLIENTS) idle.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => greeted(port)))));
  expect(await info('connected_clients')).toBe(CLIENTS + 1);
  // Until their buffers have been let go of: idle for more than two seconds.
  await until(async () => !/ qbuf-free=[1-9]/.test(await others(client)), 'buffers of idle clients are let go of');
  const after = await info('used_memory_rss');

  const listBegan = performance.now();
  const list = await others(client);
  const listTook = performance.now() - listBegan;
  expect(list.match(/^id=\d+ .* resp=2$/gm)?.length).toBe(CLIENTS);

  const waits: number[] = [];
  for (let i = 0; i < PINGS; i++) {
    const asked = performance.now();
    await client.ask(['PING']);
    waits.push(performance.now() - asked);
  }
  waits.sort((a, b) => a - b);
  const p99 = waits[Math.floor(PINGS * 0.99)]!;
  expect(p99).toBeLessThan(20);

  for (const socket of idle) socket.destroy();
  await until(async () => (await info('connected_clients')) === 1, 'all of them have gone');
  client.close();
  expect(server.output).not.toMatch(/MaxListeners|failed/);

  const perClient = Math.round((after - before) / CLIENTS);
  expect(perClient).toBeLessThan(64 * 1024);
  record({
    test: 'idle connections',
    did: 'clients that sent one command each and nothing since, while another one asks',
    counts: {
      clients: CLIENTS,
      'resident bytes a client': perClient,
      'CLIENT LIST (ms)': Math.round(listTook),
      'p99 of PING (ms)': p99.toFixed(2),
    },
    began,
  });
});

async function greeted(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('PING\r\n');
  await once(socket, 'data');
  return socket;
}

/** CLIENT LIST without the asking one, whose buffers are in use. */
async function others(client: RawClient): Promise<string> {
  const lines = String(await client.ask(['CLIENT', 'LIST'])).split('\n');
  return lines.filter((line) => line.startsWith('id=') && !line.includes('cmd=client|list')).join('\n');
}

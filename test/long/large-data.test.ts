import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { startServer, type TestServer } from '../../src/testing/index.js';
import { Pipeline } from './pipeline.js';
import { record } from './results.js';

/**
 * Three million keys in the bundled server, over a socket: inserted, scanned, half of them deleted, then 300,000
 * keys that expire in the same millisecond. The client runs in the same event loop, so that its pauses are the
 * upper end of the server's. They are reported and not judged: on a busy machine they are the machine's.
 */
const KEYS = 3_000_000;
const STORM = 300_000;
const BATCH = 1_000;

test('millions of keys', async () => {
  const began = performance.now();
  await using server = await startServer();
  using client = await Pipeline.connect(server.port);
  const pauses: Record<string, number> = {};
  const phase = async (name: string, work: () => Promise<void>): Promise<void> => {
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await work();
    delay.disable();
    pauses[name] = Math.round(delay.max / 1e6);
  };

  await phase('insert', () => insert(client));
  expect(size(server)).toBe(KEYS);
  const used = server.server.keyspace.memory();

  await phase('scan', async () => {
    const seen = await scan(client);
    expect(seen.every((times) => times === 1)).toBe(true);
  });

  await phase('delete', () => deleteEverySecond(client));
  expect(size(server)).toBe(KEYS / 2);
  for (const [key, there] of [
    [0, 0],
    [1, 1],
    [KEYS - 2, 0],
    [KEYS - 1, 1],
  ] as const) {
    expect(server.session.run('EXISTS', `key:${key}`)).toBe(there);
  }

  const expired = () => server.server.keyspace.expired;
  await phase('expiry storm', async () => {
    const at = Date.now() + 15_000;
    await client.run(STORM, BATCH, (i) => ['SET', `storm:${i}`, 'value', 'PXAT', String(at)]);
    expect(size(server)).toBe(KEYS / 2 + STORM);
    expect(Date.now()).toBeLessThan(at);
    // Others are served meanwhile; nobody asks for the keys, so the server has to find them by itself.
    while (size(server) > KEYS / 2) await client.run(1, 1, () => ['GET', 'key:1']);
  });
  expect(expired()).toBe(STORM);

  await phase('insert again', () => insert(client));
  expect(size(server)).toBe(KEYS);
  expect(server.server.keyspace.memory()).toBe(used);

  record({
    test: 'large data',
    did: 'the bundled server over a socket: keys of 11 and values of 32 bytes inserted, scanned (each seen once), every second one deleted, keys that expire at the same millisecond removed by the server itself, the deleted ones inserted again into the freed memory',
    counts: {
      keys: KEYS,
      'bytes a key': Math.round(used / KEYS),
      deleted: KEYS / 2,
      expired: STORM,
      ...Object.fromEntries(Object.entries(pauses).map(([name, ms]) => [`longest pause, ${name} (ms)`, ms])),
    },
    began,
  });
});

const VALUE = 'v'.repeat(32);

function insert(client: Pipeline): Promise<void> {
  return client.run(KEYS, BATCH, (i) => ['SET', `key:${i}`, VALUE]);
}

function deleteEverySecond(client: Pipeline): Promise<void> {
  return client.run(KEYS / 2, BATCH, (i) => ['DEL', `key:${i * 2}`]);
}

/** How often each key was seen. */
async function scan(client: Pipeline): Promise<Uint8Array> {
  const seen = new Uint8Array(KEYS);
  let cursor = '0';
  do {
    const [next, keys] = (await client.ask(['SCAN', cursor, 'COUNT', '1000'])) as [Buffer, Buffer[]];
    cursor = String(next);
    for (const key of keys) seen[Number(key.latin1Slice(4))]!++;
  } while (cursor !== '0');
  return seen;
}

function size(server: TestServer): number {
  return Number(server.session.run('DBSIZE'));
}

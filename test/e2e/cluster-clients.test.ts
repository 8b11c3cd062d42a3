import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { slotOf } from '../../src/resp/key-slot.js';
import { startCluster, type TestCluster } from '../../src/testing/index.js';
import { until } from '../harness/until.js';

/** What users' clients do in cluster mode: keys of all nodes, slots that move, primaries that are replaced. */
let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startCluster({ primaries: 3, replicas: 1 });
});
afterEach(() => cluster.close());

const keys = Array.from({ length: 50 }, (_, i) => `key:${i}`);

interface Client {
  set(key: string, value: string): Promise<unknown>;
  get(key: string): Promise<unknown>;
  /** SET and INCR of one key in a transaction. */
  countUp(key: string): Promise<readonly unknown[]>;
  end(): unknown;
}

async function openIoredis(): Promise<Client> {
  const roots = cluster.primaries.slice(0, 2).map(({ port }) => ({ host: '127.0.0.1', port }));
  const client = new Cluster(roots, { clusterRetryStrategy: () => 50, retryDelayOnFailover: 50 });
  return {
    set: (key, value) => client.set(key, value),
    get: (key) => client.get(key),
    countUp: async (key) => ((await client.multi().set(key, 1).incr(key).exec()) ?? []).map(([, reply]) => reply),
    end: () => client.disconnect(),
  };
}

async function openNodeRedis(): Promise<Client> {
  const client = createCluster({ rootNodes: cluster.urls.map((url) => ({ url })) });
  client.on('error', () => undefined);
  await client.connect();
  return {
    set: (key, value) => client.set(key, value),
    get: (key) => client.get(key),
    countUp: (key) => client.multi().set(key, '1').incr(key).exec(),
    end: () => client.destroy(),
  };
}

const clients = [
  ['ioredis', openIoredis],
  ['node-redis', openNodeRedis],
] as const;

it.each(clients)('%s finds every key, also while a slot moves and after it', async (_, open) => {
  const client = await open();
  try {
    for (const key of keys) expect(await client.set(key, `of ${key}`)).toBe('OK');
    expect(cluster.primaries.every(({ session }) => Number(session.run('DBSIZE')) > 0)).toBe(true);
    expect(await client.countUp('counter')).toEqual(['OK', 2]);
    const slot = slotOf('key:0');
    const to = cluster.primaries.find((node) => node !== cluster.primaryOfSlot(slot))!;
    await cluster.moveSlot(slot, to, {
      moved: [],
      midway: async () => {
        expect(await client.get('key:0')).toBe('of key:0');
        expect(await client.set('{key:0}new', 'made midway')).toBe('OK');
      },
    });
    for (const key of keys) expect(await client.get(key)).toBe(`of ${key}`);
    expect(await client.get('{key:0}new')).toBe('made midway');
    expect(String(to.session.run('GET', '{key:0}new'))).toBe('made midway');
  } finally {
    await client.end();
  }
});

it.each([
  ['ioredis', 'alive', openIoredis],
  ['ioredis', 'killed', openIoredis],
  ['node-redis', 'alive', openNodeRedis],
] as const)('%s follows from a primary that is %s', async (_, state, open) => {
  const client = await open();
  try {
    await client.set('greeting', 'hello');
    await cluster.inStep();
    const primary = cluster.primaryOf('greeting');
    if (state === 'killed') await cluster.kill(primary);
    const successor = await cluster.failover(primary);
    await until(async () => {
      const reply = await client.set('greeting', 'again').catch(() => undefined);
      return reply === 'OK' && String(successor.session.run('GET', 'greeting')) === 'again';
    }, 'the client writes to the new primary');
    expect(await client.get('greeting')).toBe('again');
  } finally {
    await client.end();
  }
});

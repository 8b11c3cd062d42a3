/** Stores on a cluster of the testing kit whose primaries go: what is asked right after the promotion is answered. */
import { afterEach, describe, expect, test } from 'vitest';
import { openStore } from '../../src/stores/factory.js';
import type { LookupStore } from '../../src/stores/store.js';
import { startCluster, type TestCluster } from '../../src/testing/index.js';
import { until } from '../harness/until.js';

let cluster: TestCluster;
let store: LookupStore;

const KEYS = Array.from({ length: 60 }, (_, i) => `user${i}@example.com`);

async function start(): Promise<void> {
  cluster = await startCluster({ replicas: 1 });
  store = await openStore({ type: 'redis', redisType: 'cluster', urls: cluster.urls });
  await Promise.all(KEYS.map((key) => store.set(key, key)));
  await cluster.inStep();
}

afterEach(async () => {
  await store.close();
  await cluster.close();
});

/** Each of the first three primaries loses its place once. */
async function eachPrimary(replace: (index: number) => Promise<unknown>): Promise<void> {
  for (const [index] of cluster.primaries.entries()) await replace(index);
}

const ways = {
  'that were killed': async (index: number) => {
    const primary = cluster.nodes[index]!;
    await cluster.kill(primary);
    await cluster.failover(primary);
  },
  'that gave their place away': async (index: number) => {
    await cluster.failover(cluster.nodes[index]!);
  },
};

describe.each(Object.entries(ways))('after primaries %s', (_, replace) => {
  test('lookups and writes are answered at once', async () => {
    await start();
    await eachPrimary(async (index) => {
      await replace(index);
      expect((await store.getMany(KEYS)).map(String)).toEqual(KEYS);
      await Promise.all(KEYS.map((key) => store.set(key, key)));
      await cluster.inStep();
    });
  });

  test('each alone is, too', async () => {
    await start();
    const [key = ''] = KEYS;
    const index = cluster.nodes.indexOf(cluster.primaryOf(key));
    await replace(index);
    expect(await store.getText(key)).toBe(key);
    expect(await store.increment('n')).toBe(1n);
  });

  test('messages come again', async () => {
    await start();
    const messages: string[] = [];
    await store.subscribe('news', (message) => messages.push(message.toString()));
    await eachPrimary(async (index) => {
      await replace(index);
      await until(async () => {
        await store.publish('news', `${index}`);
        return messages.includes(`${index}`);
      }, `a message after primary ${index}`);
    });
  });
});

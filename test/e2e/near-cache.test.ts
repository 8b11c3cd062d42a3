/**
 * A near cache over real connections: what others change is seen, whatever befalls connections, slots and
 * primaries. No `ttl` helps here: it is an hour.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { slotOf } from '../../src/resp/key-slot.js';
import { openStore } from '../../src/stores/factory.js';
import { type NearCacheObserver, silentNearCache, silentObserver } from '../../src/stores/observer.js';
import type { StoreOptions } from '../../src/stores/options.js';
import type { LookupStore } from '../../src/stores/store.js';
import { startCluster, startServer, type TestCluster, type TestClusterNode } from '../../src/testing/index.js';
import { requireProgram } from '../harness/programs.js';
import { type RedisServer, startCluster as startRealCluster, startRedis } from '../harness/redis.js';
import { until } from '../harness/until.js';

/** Servers, and how their clients' connections are ended. */
interface Place {
  readonly options: StoreOptions;
  endConnections(): Promise<unknown>;
  stop(): Promise<void>;
}

const KILLS = [
  ['CLIENT', 'KILL', 'TYPE', 'normal'],
  ['CLIENT', 'KILL', 'TYPE', 'pubsub'],
] as const;

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function bundled(): Promise<Place> {
  const server = await startServer();
  return {
    options: { type: 'redis', url: server.url },
    endConnections: async () => KILLS.map((words) => server.session.run(...words)),
    stop: () => server.close(),
  };
}

function placeOf(cluster: TestCluster): Place {
  return {
    options: { type: 'redis', 'redis-type': 'cluster', urls: cluster.urls },
    endConnections: async () => cluster.primaries.flatMap(({ session }) => KILLS.map((words) => session.run(...words))),
    stop: () => cluster.close(),
  };
}

async function realRedis(): Promise<Place> {
  const redis = await startRedis();
  return {
    options: { type: 'redis', url: `redis://127.0.0.1:${redis.port}` },
    endConnections: () => killAt(redis),
    stop: () => redis.stop(),
  };
}

async function realCluster(): Promise<Place> {
  const cluster = await startRealCluster();
  const urls = cluster.nodes.map(({ port }) => `redis://127.0.0.1:${port}`);
  return {
    options: { type: 'redis', 'redis-type': 'cluster', urls },
    endConnections: () => Promise.all(cluster.nodes.slice(0, 3).map(killAt)),
    stop: () => cluster.stop(),
  };
}

/** One after the other: they end the connections of each other, too. */
async function killAt(redis: RedisServer): Promise<void> {
  for (const words of KILLS) await redis.command(...words);
}

async function start(place: () => Promise<Place>): Promise<Place> {
  const started = await place();
  closing.push(() => started.stop());
  return started;
}

async function open(place: Place, more: object = {}): Promise<LookupStore> {
  const waits = { total: 20, minWait: '5ms', maxWait: '100ms' };
  const store = await openStore({ ...place.options, deadline: '20s', retry: waits, ...more } as StoreOptions);
  closing.push(() => store.close());
  return store;
}

/** With the number of its hits. */
async function openNear(place: Place, more: object = {}): Promise<{ store: LookupStore; hits(): number }> {
  let hits = 0;
  const nearCache: NearCacheObserver = { ...silentNearCache, hit: () => void hits++ };
  const options = { ...place.options, deadline: '20s', retry: { total: 20 }, nearCache: { ttl: '1h' }, ...more };
  const store = await openStore(options as StoreOptions, { observer: () => ({ ...silentObserver, nearCache }) });
  closing.push(() => store.close());
  return { store, hits: () => hits };
}

/** Reads the keys until all of them are answered without asking anybody. */
async function untilNear({ store, hits }: { store: LookupStore; hits(): number }, keys: readonly string[]) {
  await until(async () => {
    const before = hits();
    await store.getMany(keys);
    return hits() === before + keys.length;
  }, `${keys.length} keys are kept near`);
}

const sees = (store: LookupStore, key: string, value: string | null) =>
  until(async () => (await store.getText(key)) === value, `${key} is ${value}`);

const real = requireProgram('redis');

const places: readonly (readonly [name: string, available: boolean, place: () => Promise<Place>, more?: object])[] = [
  ['the bundled server', true, bundled],
  ['the bundled server in RESP2', true, bundled, { 'protocol-version': 'resp2' }],
  ['a cluster of it', true, async () => placeOf(await startCluster())],
  ['a real Redis', real, realRedis],
  ['a real Redis in RESP2', real, realRedis, { 'protocol-version': 'resp2' }],
  ['a real cluster', real, realCluster],
];

for (const [name, available, place, more] of places) {
  describe.skipIf(!available)(`a near cache of ${name}`, () => {
    test('is told of every change that others make', async () => {
      const started = await start(place);
      const near = await openNear(started, { 'key-prefix': 'near:', ...more });
      const other = await open(started, { 'key-prefix': 'near:' });
      const keys = ['a', 'b', 'c', 'none'];
      for (const key of keys.slice(0, 3)) await other.set(key, 'old');
      await untilNear(near, keys);

      await other.set('a', 'new');
      await other.delete('b');
      await other.set('none', 'here');
      await sees(near.store, 'a', 'new');
      await sees(near.store, 'b', null);
      await sees(near.store, 'none', 'here');
      await untilNear(near, keys);
      await other.expire('a', '1ms');
      await sees(near.store, 'a', null);
      await untilNear(near, keys);
      await other.deletePrefix('c');
      await sees(near.store, 'c', null);
    });

    test('answers nothing older than what it has answered before, and what it changed itself at once', async () => {
      const started = await start(place);
      const near = await openNear(started, more);
      const other = await open(started);
      const keys = Array.from({ length: 6 }, (_, i) => `counter:${i}`);
      await untilNear(near, keys);
      let isOver = false;
      const workers = [
        ...keys.map((key) => readUntil(() => isOver, near.store, key)),
        ...keys.slice(0, 3).map((key) => incrementAndRead(near.store, key)),
      ];
      try {
        for (let round = 0; round < 4; round++) {
          await Promise.all(keys.map((key) => incrementOften(other, key)));
          await started.endConnections();
        }
      } finally {
        isOver = true;
        await Promise.allSettled(workers);
      }
      await Promise.all(workers);
      for (const key of keys) await sees(near.store, key, String(await other.counter(key)));
      await untilNear(near, keys);
      for (const key of keys) expect(await near.store.getText(key)).toBe(await other.getText(key));
    });
  });
}

/** An increment whose answer was lost may have been made or not: what counts is that the number only grows. */
async function incrementOften(store: LookupStore, key: string): Promise<void> {
  for (let i = 0; i < 50; i++) await store.increment(key).catch(() => {});
}

async function readUntil(isOver: () => boolean, store: LookupStore, key: string): Promise<void> {
  let last = 0;
  while (!isOver()) {
    const value = Number(await store.getText(key));
    if (value < last) throw new Error(`${key} was ${last} and is ${value} now`);
    last = value;
    // Others have their turn, also where everything is answered at once.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function incrementAndRead(store: LookupStore, key: string): Promise<void> {
  for (let i = 0; i < 50; i++) {
    const sum = await store.increment(key).catch(() => 0n);
    const read = BigInt((await store.getText(key)) ?? 0);
    if (read < sum) throw new Error(`${key} was made ${sum} and is ${read} now`);
  }
}

describe('a near cache of a cluster', () => {
  const SLOT = slotOf('{tag}');
  const KEYS = ['{tag}a', '{tag}none'];

  test('sees what is written where a slot has gone', async () => {
    const cluster = await startCluster();
    const place = await start(async () => placeOf(cluster));
    const near = await openNear(place);
    const other = await open(place);
    await other.set('{tag}a', 'old');
    for (const to of cluster.primaries.filter((node) => node !== cluster.primaryOfSlot(SLOT))) {
      await untilNear(near, KEYS);
      await cluster.moveSlot(SLOT, to, {
        midway: async () => {
          await other.set('{tag}none', `midway to ${to.port}`);
          await sees(near.store, '{tag}none', `midway to ${to.port}`);
          await near.store.getMany(KEYS);
        },
      });
      // Asked through the new owner itself: nothing has reminded the near cache of the slot.
      to.session.run('SET', '{tag}a', `at ${to.port}`);
      to.session.run('DEL', '{tag}none');
      await sees(near.store, '{tag}a', `at ${to.port}`);
      await sees(near.store, '{tag}none', null);
    }
  });

  test('sees what is written at a node that is about to have its first slot', async () => {
    const cluster = await startCluster({ replicas: 1 });
    const place = await start(async () => placeOf(cluster));
    const empty = cluster.replicas[0]!;
    empty.control('RESET');
    cluster.primaryOfSlot(SLOT).control('MEET', '127.0.0.1', String(empty.port), String(empty.busPort));
    const knowsAll = ({ cluster: { table, health } }: TestClusterNode) =>
      health.isOk && cluster.primaries.every(({ id }) => table.find(id)?.isPrimary === true);
    await until(() => cluster.primaries.length === 4 && cluster.primaries.every(knowsAll), 'all know each other');
    const near = await openNear(place);
    const other = await open(place);
    await untilNear(near, KEYS);
    await cluster.moveSlot(SLOT, empty, {
      midway: async () => {
        await other.set('{tag}none', 'midway');
        await sees(near.store, '{tag}none', 'midway');
      },
    });
    expect(String(empty.session.run('GET', '{tag}none'))).toBe('midway');
  });

  test.each(['in agreement', 'after the primary was killed'])('sees what a new primary is told, %s', async (how) => {
    const cluster = await startCluster({ replicas: 1 });
    const place = await start(async () => placeOf(cluster));
    const near = await openNear(place);
    const primary = cluster.primaryOfSlot(SLOT);
    primary.session.run('SET', '{tag}a', 'old');
    await untilNear(near, KEYS);
    await cluster.inStep();
    if (how !== 'in agreement') await cluster.kill(primary);
    const successor = await cluster.failover(primary);
    successor.session.run('SET', '{tag}a', 'new');
    successor.session.run('SET', '{tag}none', 'here');
    await sees(near.store, '{tag}a', 'new');
    await sees(near.store, '{tag}none', 'here');
    await untilNear(near, KEYS);
  });
});

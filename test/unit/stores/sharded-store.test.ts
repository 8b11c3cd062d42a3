import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { openStore, openStores } from '../../../src/stores/factory.js';
import { ShardedStore } from '../../../src/stores/sharded-store.js';
import type { LookupStore } from '../../../src/stores/store.js';
import { xxh3 } from '../../../src/stores/xxh3.js';
import { ManualClock } from '../../../src/testing/index.js';

const NUMBER = 3;
let clock: ManualClock;
let shards: LookupStore[];
let store: ShardedStore;

beforeEach(async () => {
  clock = new ManualClock();
  shards = await Promise.all(
    Array.from({ length: NUMBER }, (_, i) => openStore({ type: 'embedded', id: `shard${i}` }, { clock })),
  );
  store = new ShardedStore('all', shards, '', clock);
});

afterEach(async () => {
  await Promise.all(shards.map((shard) => shard.close()));
});

const shardOf = (key: string | Buffer) => Number(xxh3(Buffer.from(key)) % BigInt(NUMBER));
const keys = Array.from({ length: 60 }, (_, i) => `key${i}@example.com`);

async function keysIn(shard: LookupStore): Promise<string[]> {
  const found: string[] = [];
  for await (const key of shard.scan('')) found.push(key.toString('latin1'));
  return found.sort();
}

describe('a key', () => {
  it('is in the store its hash points at, and all stores have some', async () => {
    for (const key of keys) await store.set(key, `value of ${key}`);
    for (const [i, shard] of shards.entries()) {
      const own = keys.filter((key) => shardOf(key) === i);
      expect(own.length).toBeGreaterThan(5);
      expect(await keysIn(shard)).toEqual(own.sort());
    }
    const values = await store.getMany([...keys, 'missing']);
    expect(values.map((value) => value?.toString() ?? null)).toEqual([...keys.map((key) => `value of ${key}`), null]);
  });

  it('counts with its prefix', async () => {
    const prefixed = await Promise.all(
      shards.map((_, i) => openStore({ type: 'embedded', id: `p${i}`, keyPrefix: 'p:' }, { clock })),
    );
    const all = new ShardedStore('all', prefixed, 'p:', clock);
    for (const key of keys) {
      await all.set(key, 'x');
      expect(await all.command('EXISTS', `p:${key}`)).toBe(1);
      expect(await prefixed[shardOf(`p:${key}`)]?.exists(key)).toBe(true);
    }
    await Promise.all(prefixed.map((shard) => shard.close()));
  });
});

describe('several keys', () => {
  it('are deleted, listed and deleted by prefix in every store', async () => {
    for (const key of keys) await store.set(key, 'x');
    expect(await store.delete(...keys.slice(0, 10), 'missing')).toBe(10);
    const listed: string[] = [];
    for await (const key of store.scan('key')) listed.push(key.toString());
    expect(listed.sort()).toEqual(keys.slice(10).sort());
    expect(await store.deletePrefix('key1')).toBe(keys.slice(10).filter((key) => key.startsWith('key1')).length);
    await expect(store.deletePrefix('')).rejects.toMatchObject({ code: 'INVALID' });
    expect((await keysIn(shards[0] as LookupStore)).every((key) => !key.startsWith('key1'))).toBe(true);
  });

  it('are changed together within a store', async () => {
    await store.set('counter', 'no number');
    const other = keys.find((key) => shardOf(key) !== shardOf('counter')) as string;
    const changes = [
      { kind: 'set', key: other, value: 'x' },
      { kind: 'increment', key: 'counter', by: 1 },
    ] as const;
    await expect(store.transact(changes)).rejects.toMatchObject({ code: 'NOT_INTEGER', indeterminate: true });
    const counters = keys.filter((key) => key !== other);
    for (const key of counters.slice(0, 7)) await store.set(key, '1');
    const increments = counters.map((key) => ({ kind: 'increment', key, by: 1 }) as const);
    expect(await store.transact(increments)).toEqual({ missing: counters.length - 7 });
    expect(await store.counter(counters[0] as string)).toBe(2n);
  });

  it('of one command lie in one store, or it is refused', async () => {
    const [first, second] = keys.filter((key) => shardOf(key) === shardOf(keys[0] as string)) as [string, string];
    const other = keys.find((key) => shardOf(key) !== shardOf(first)) as string;
    expect(await store.command('MSET', first, '1', second, '2')).toBe('OK');
    await expect(store.command('MSET', first, '1', other, '2')).rejects.toMatchObject({
      code: 'INVALID',
      store: 'all',
    });
    await expect(store.command('DBSIZE')).rejects.toMatchObject({ code: 'INVALID' });
    const replies = await store.pipeline([
      ['SET', other, 'o'],
      ['GET', first],
      ['GET', other],
      ['INCR', other],
    ]);
    expect(replies.slice(0, 3).map(String)).toEqual(['OK', '1', 'o']);
    expect(String(replies[3])).toMatch(/not an integer/);
  });
});

describe('as Stalwart has it', () => {
  it('a rate limit is counted in the store that its window points at', async () => {
    for (const key of keys.slice(0, 20)) {
      await store.rateLimit(key, '5/1m', { prefix: 2 });
      const window = Buffer.alloc(8);
      window.writeBigUInt64BE(BigInt(Math.floor(clock.now() / 60_000)));
      const counted = Buffer.concat([Buffer.of(2), Buffer.from(key), window]);
      expect(await shards[shardOf(counted)]?.get(counted)).toEqual(Buffer.from('1'));
    }
  });

  it('other limits, locks and greylisting are where their key is', async () => {
    for (const key of keys.slice(0, 10)) {
      await store.rateLimit(key, '5/1m', { algorithm: 'leaky-bucket' });
      await store.ttlCounter(`${key}:t`, 1, 5, '1m');
      await store.greylist(`${key}:g`);
      const lock = await store.tryLock(`${key}:l`, '1m');
      expect(await store.tryLock(`${key}:l`, '1m')).toBe(null);
      expect(await store.heldLock(`${key}:l`, lock?.token as string).unlock()).toBe(true);
      expect((await keysIn(shards[shardOf(`${key}:t`)] as LookupStore)).includes(`${key}:t`)).toBe(true);
    }
  });
});

describe('a store that is down', () => {
  it('fails its own keys and no others, and says which it is', async () => {
    for (const key of keys) await store.set(key, 'x');
    await shards[1]?.close();
    for (const key of keys) {
      const answer = await store.get(key).catch((error: unknown) => error);
      if (shardOf(key) === 1) expect(answer).toMatchObject({ code: 'CLOSED', store: 'shard1' });
      else expect(String(answer)).toBe('x');
    }
    await expect(store.getMany(keys)).rejects.toMatchObject({ store: 'shard1' });
  });

  it('is not closed with the whole', async () => {
    await store.close();
    await expect(store.get('a')).rejects.toMatchObject({ code: 'CLOSED', store: 'all' });
    expect(await shards[0]?.get('a')).toBe(null);
  });
});

it('is opened from a configuration', async () => {
  const text =
    '[store.all]\ntype = "sharded-in-memory"\nstores = ["a", "b"]\n[store.a]\ntype = "embedded"\n[store.b]\ntype = "embedded"';
  await using stores = await openStores(loadConfig({ text }));
  const all = stores.get('all') as LookupStore;
  await all.set('key', 'value');
  expect(await all.getText('key')).toBe('value');
  expect(all.topology()).toMatchObject({ kind: 'sharded', nodes: [{}, {}] });
  expect(await all.ping()).toHaveLength(2);
});

import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import { startServer } from '../../src/testing/index.js';
import { requireProgram } from '../harness/programs.js';
import { RawClient } from '../harness/raw-client.js';
import { startRedis } from '../harness/redis.js';
import { describeTwin } from '../harness/twin.js';

/**
 * Both servers as caches: as much memory as a tenth of the keys takes, keys asked for as in life (Zipf's law), a
 * missing one set anew.
 */
const KEYS = 20_000;
const ROOM = KEYS / 10;
const REQUESTS = 40_000;
const BATCH = 20;
const VALUE = 'v'.repeat(100);

describe.skipIf(!requireProgram('redis'))('a cache, as real Redis', () => {
  it.each([
    ['allkeys-lru', 0.06],
    ['volatile-lru', 0.06],
    ['allkeys-lfu', 0.03],
    ['allkeys-random', 0.03],
  ])(
    'hits as often by %s',
    async (policy, near) => {
      const redis = await startRedis();
      await using server = await startServer();
      try {
        const [real, ours] = [await hitRate(redis.port, policy), await hitRate(server.port, policy)];
        expect(real).toBeGreaterThan(0.4);
        expect(ours, `real Redis: ${real}`).toBeGreaterThan(real - near);
      } finally {
        await redis.stop();
      }
    },
    60_000,
  );
});

describeTwin('eviction', {}, (twin) => {
  it('tells how much keys are used, by the policy', async () => {
    const clients = await Promise.all([twin().real.port, twin().port].map((port) => RawClient.connect(port)));
    const both = async (...words: string[]) => {
      const [real, ours] = await Promise.all(clients.map((client) => client.ask(words)));
      expect(String(ours), words.join(' ')).toBe(String(real));
    };
    for (const policy of ['allkeys-lru', 'volatile-lfu', 'noeviction', 'allkeys-lfu']) {
      await both('FLUSHALL');
      await both('CONFIG', 'SET', 'maxmemory-policy', policy, 'lfu-log-factor', '0', 'maxmemory', '1gb');
      await both('SET', 'key', '1');
      for (let i = 0; i < 20; i++) await both('GET', 'key');
      await both('OBJECT', 'FREQ', 'key');
      if (policy.endsWith('lfu')) await both('OBJECT', 'IDLETIME', 'key');
      await both('OBJECT', 'REFCOUNT', 'key');
      await both('OBJECT', 'FREQ', 'missing');
      await both('SET', 'key', 'other');
      await both('OBJECT', 'FREQ', 'key');
    }
    await both('CONFIG', 'SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction', 'lfu-log-factor', '10');
    for (const client of clients) client.close();
  });

  it('refuses alike where nothing can be evicted', async () => {
    const clients = await Promise.all([twin().real.port, twin().port].map((port) => RawClient.connect(port)));
    const both = async (...words: string[]) => {
      const [real, ours] = await Promise.all(clients.map((client) => client.ask(words)));
      expect(String(ours), words.join(' ')).toBe(String(real));
    };
    await both('FLUSHALL');
    await both('SET', 'key', 'value');
    await both('CONFIG', 'SET', 'maxmemory', '1', 'maxmemory-policy', 'volatile-lru');
    await both('SET', 'key', 'other');
    await both('GET', 'key');
    await both('DEL', 'missing');
    await both('EVAL', 'return redis.call("set", "key", 1)', '0');
    await both('EVAL', '#!lua\nreturn redis.call("get", "key")', '0');
    await both('EVAL', '#!lua flags=allow-oom\nreturn redis.call("set", "key", 1)', '0');
    await both('MULTI');
    await both('GET', 'key');
    await both('EXEC');
    await both('CONFIG', 'SET', 'maxmemory', '0');
    await both('MULTI');
    await both('SET', 'key', 'other');
    await both('CONFIG', 'SET', 'maxmemory', '1');
    await both('EXEC');
    await both('CONFIG', 'SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction');
    for (const client of clients) client.close();
  });
});

async function hitRate(port: number, policy: string): Promise<number> {
  const client = await RawClient.connect(port);
  const set = (key: string) => ['SET', key, VALUE, 'EX', '10000'];
  await client.ask(['FLUSHALL']);
  await client.ask(['CONFIG', 'SET', 'maxmemory', '0', 'maxmemory-policy', policy]);
  client.send(...Array.from({ length: ROOM }, (_, i) => set(`key:${i}`)));
  await client.take(ROOM);
  const used = /used_memory:(\d+)/.exec(String(await client.ask(['INFO', 'memory'])))![1]!;
  await client.ask(['CONFIG', 'SET', 'maxmemory', used]);
  const draw = zipf();
  let hits = 0;
  for (let i = 0; i < REQUESTS; i += BATCH) {
    const keys = Array.from({ length: BATCH }, () => `key:${draw()}`);
    client.send(...keys.map((key) => ['GET', key]));
    const replies = await client.take(BATCH);
    const missing = keys.filter((_, at) => String(replies[at]) === '$-1\r\n');
    client.send(...missing.map(set));
    await client.take(missing.length);
    // The first half fills the cache.
    if (i >= REQUESTS / 2) hits += BATCH - missing.length;
  }
  await client.ask(['CONFIG', 'SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction']);
  await client.ask(['FLUSHALL']);
  client.close();
  return hits / (REQUESTS / 2);
}

/** Numbers below KEYS, the n-th as often as 1 / n; the same ones each time. */
function zipf(): () => number {
  const sums: number[] = [];
  for (let n = 1; n <= KEYS; n++) sums.push((sums.at(-1) ?? 0) + 1 / n);
  const random = seededRandom(7);
  return () => {
    const at = random.float() * sums.at(-1)!;
    let low = 0;
    for (let high = KEYS - 1; low < high; ) {
      const middle = (low + high) >>> 1;
      if (sums[middle]! < at) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

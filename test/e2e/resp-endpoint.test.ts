import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openConfigured } from '../../src/stores/factory.js';
import { TestDaemon } from '../harness/daemon.js';
import { executable, requireProgram } from '../harness/programs.js';
import { type RedisCluster, startCluster } from '../harness/redis.js';
import { PRIMARY_NAME, startWatched, type WatchedServers } from '../harness/watched.js';

const run = promisify(execFile);

/** A real cluster with a password, offered as a Redis of one node that asks for none. */
describe.skipIf(!requireProgram('redis'))('a cluster behind a plain endpoint', () => {
  let cluster: RedisCluster;
  let daemon: TestDaemon;
  let client: Redis;

  beforeAll(async () => {
    cluster = await startCluster({ password: 'of the cluster' });
    daemon = await TestDaemon.start(
      `
[store.cluster]
type = "redis"
redis-type = "cluster"
urls = ["redis://127.0.0.1:${cluster.nodes[0]!.port}"]
password = "of the cluster"
[server.listener.plain]
protocol = "resp"
bind = "127.0.0.1:0"
store = "cluster"
write = true
`,
      { openStore: (config) => openConfigured(config) },
    );
    client = new Redis({ port: daemon.port('plain') });
  });

  afterAll(async () => {
    client?.disconnect();
    await daemon?.stop();
    await cluster?.stop();
  });

  const keys = Array.from({ length: 30 }, (_, i) => `user${i}`);

  test('takes commands on keys of all its nodes', async () => {
    expect(await client.mset(new Map(keys.map((key) => [key, `value of ${key}`])))).toBe('OK');
    await client.lpush('list', 'x');
    const values = await client.mget('missing', 'list', ...keys);
    expect(values).toEqual([null, null, ...keys.map((key) => `value of ${key}`)]);
    expect(await client.exists('missing', ...keys)).toBe(30);
    expect(await client.del('missing', ...keys)).toBe(30);
  });

  test('runs a transaction on keys of one slot, and refuses one on several', async () => {
    expect(await client.multi().set('{a}1', '1').incr('{a}1').get('{a}2').exec()).toEqual([
      [null, 'OK'],
      [null, 2],
      [null, null],
    ]);
    await expect(client.multi().set('a', '1').set('b', '1').exec()).rejects.toThrow(/slot/);
    expect(await client.exists('a', 'b')).toBe(0);
  });

  test('answers redis-cli', async () => {
    const cli = async (...words: string[]) => {
      const { stdout } = await run(executable('redis-cli')!, ['-p', String(daemon.port('plain')), ...words]);
      return stdout.trim();
    };
    expect(await cli('set', 'greeting', 'hello')).toBe('OK');
    expect(await cli('-3', 'get', 'greeting')).toBe('hello');
    expect(await cli('keys', '*')).toBe("ERR 'keys' is not offered here: commands on keys are");
  });
});

/** A primary that Sentinels watch, with a near cache before it, for clients that know neither. */
describe.skipIf(!requireProgram('redis'))('a watched primary behind a plain endpoint', () => {
  let watched: WatchedServers;
  let daemon: TestDaemon;
  let client: Redis;
  let direct: Redis;

  beforeAll(async () => {
    watched = await startWatched();
    const urls = watched.sentinels.map(({ port }) => `"redis://127.0.0.1:${port}"`);
    daemon = await TestDaemon.start(
      `
[store.watched]
type = "redis"
redis-type = "sentinel"
urls = [${urls.join(', ')}]
sentinel.name = "${PRIMARY_NAME}"
near-cache.max-entries = 1000
[server.listener.plain]
protocol = "resp"
bind = "127.0.0.1:0"
store = "watched"
write = true
`,
      { openStore: (config) => openConfigured(config) },
    );
    client = new Redis({ port: daemon.port('plain') });
    direct = new Redis({ port: (await watched.primary()).port });
  });

  afterAll(async () => {
    client?.disconnect();
    direct?.disconnect();
    await daemon?.stop();
    await watched?.stop();
  });

  test('writes to the primary, and reads what it has', async () => {
    expect(await client.set('a', '1')).toBe('OK');
    expect(await direct.get('a')).toBe('1');
    expect(await client.multi().incr('a').get('a').exec()).toEqual([
      [null, 2],
      [null, '2'],
    ]);
    expect(await client.get('a')).toBe('2');
  });

  test('answers from near, and no longer once another client has changed the key', async () => {
    const reads = async () => Number(/cmdstat_get:calls=(\d+)/.exec(await direct.info('commandstats'))?.[1] ?? 0);
    const readsOf = async (times: number) => {
      const before = await reads();
      for (let i = 0; i < times; i++) expect(await client.get('a')).toBe('2');
      return (await reads()) - before;
    };
    // Once the primary tells of changes.
    await expect.poll(() => readsOf(1)).toBe(0);
    expect(await readsOf(10)).toBe(0);
    await direct.set('a', 'changed');
    await expect.poll(() => client.get('a')).toBe('changed');
  });
});

import { afterEach, describe, expect, test } from 'vitest';
import { openStore } from '../../src/stores/factory.js';
import type { StoreOptions } from '../../src/stores/options.js';
import type { LookupStore } from '../../src/stores/store.js';
import { requireProgram } from '../harness/programs.js';
import { StoreLoad } from '../harness/store-load.js';
import { until } from '../harness/until.js';
import { PRIMARY_NAME, startWatched, type WatchedOptions, type WatchedServers } from '../harness/watched.js';

describe.skipIf(!requireProgram('redis'))('servers that real Sentinels watch', { timeout: 180_000 }, () => {
  let watched: WatchedServers;
  const stores: LookupStore[] = [];
  const unhandled: unknown[] = [];
  const noteUnhandled = (error: unknown) => unhandled.push(error);

  async function start(options: WatchedOptions): Promise<void> {
    process.on('unhandledRejection', noteUnhandled);
    watched = await startWatched(options);
  }

  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await watched.stop();
    process.off('unhandledRejection', noteUnhandled);
    expect(unhandled.splice(0)).toEqual([]);
  });

  async function open(options: Partial<StoreOptions> = {}, scheme = 'redis'): Promise<LookupStore> {
    const urls = watched.sentinels.map(({ port }) => `${scheme}://127.0.0.1:${port}`);
    const sentinel = { name: PRIMARY_NAME };
    const redis = { type: 'redis', 'redis-type': 'sentinel', urls, sentinel } as const;
    const store = await openStore({ ...redis, 'shutdown-on-error': true, ...options } as StoreOptions);
    stores.push(store);
    return store;
  }

  test('are reached over TLS, with passwords and a database of their own', async () => {
    await start({ tls: true, password: 'd4ta', sentinelPassword: 's3ntinel', replicas: 1 });
    const tls = { ca: watched.certificates!.files.ca };
    const sentinel = { name: PRIMARY_NAME, password: 's3ntinel' };
    const store = await open({ tls, password: 'd4ta', database: 3, sentinel, 'read-from-replicas': true }, 'rediss');
    await store.set('key', 'value');
    await watched.inStep();
    expect(await store.getText('key')).toBe('value');
    await until(() => store.topology().nodes.every(({ status }) => status === 'connected'), 'all connections');
    const names = watched.servers.map((server) => `127.0.0.1:${server.tlsPort}`);
    expect(store.topology()).toMatchObject({
      kind: 'sentinel',
      transport: 'tls',
      nodes: [
        { name: names[0], role: 'primary' },
        { name: names[1], role: 'replica' },
      ],
      sentinel: { name: PRIMARY_NAME, known: 3 },
    });
    expect((await store.ping()).map(({ status }) => status)).toEqual(['reachable', 'reachable']);

    const refused = open({ tls, password: 'd4ta', sentinel: { name: PRIMARY_NAME, password: 'wrong' } }, 'rediss');
    await expect(refused).rejects.toMatchObject({
      code: 'DENIED',
      message: expect.stringContaining('sentinel.password'),
    });
    const unknown = open({ tls, password: 'd4ta', sentinel: { ...sentinel, name: 'other' } }, 'rediss');
    await expect(unknown).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/no Sentinel of .* knows/),
    });
  });

  test('lose their primary under load: right answers again, nothing counted twice', async () => {
    await start({ replicas: 1, downAfter: 1000 });
    const store = await open({ deadline: '2s' });
    const load = new StoreLoad(store);
    await load.prepare();
    await watched.inStep();
    load.start();
    await load.goesOn(until);

    const before = await watched.primary();
    await before.kill();
    const promoted = async () => (await watched.primary().catch(() => before)) !== before;
    await until(promoted, 'another primary', 60_000);
    const after = await watched.primary();
    await until(() => store.topology().nodes[0]!.name === `127.0.0.1:${after.port}`, 'the store follows');
    await load.goesOn(until);

    // The old one comes back as a primary, until the Sentinels make it a replica.
    await before.restart();
    await load.goesOn(until);
    await load.stop();
    expect(load.wrong).toEqual([]);
    const { doubled, counters } = await load.settle();
    expect(doubled).toEqual([]);
    expect(counters).toBeGreaterThan(10);
    expect(store.topology().nodes[0]!.name).toBe(`127.0.0.1:${after.port}`);
  });

  test('hand over by hand without an error that lasts, one Sentinel being away', async () => {
    await start({ replicas: 1 });
    const store = await open({ deadline: '10s', retry: { total: 40, 'max-wait': '250ms' } });
    const load = new StoreLoad(store);
    await load.prepare();
    await watched.inStep();
    load.start();
    await load.goesOn(until);
    const before = await watched.primary();
    await watched.sentinels[0]!.kill();
    const last = watched.sentinels.at(-1)!;
    await until(async () => String(await last.command('SENTINEL', 'FAILOVER', PRIMARY_NAME)) === 'OK', 'a failover');
    await until(async () => (await watched.primary().catch(() => before)) !== before, 'another primary', 60_000);
    await load.goesOn(until);
    await load.stop();
    expect(load.wrong).toEqual([]);
    expect((await load.settle()).doubled).toEqual([]);
  });
});

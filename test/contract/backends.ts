/**
 * Where the store's contract is held: every way a store can be reached. A backend starts what it needs once
 * and opens as many stores on it as a test wants.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.js';
import { Server } from '../../src/server/server.js';
import { openStore } from '../../src/stores/factory.js';
import type { StoreOptions } from '../../src/stores/options.js';
import { ShardedStore } from '../../src/stores/sharded-store.js';
import type { LookupStore } from '../../src/stores/store.js';
import { startServer } from '../../src/testing/index.js';
import { requireProgram } from '../harness/programs.js';
import { startCluster, startRedis } from '../harness/redis.js';
import { PRIMARY_NAME, startWatched } from '../harness/watched.js';

export interface Backend {
  readonly name: string;
  /** Whether keys lie in several slots. */
  readonly cluster: boolean;
  /** Stores that keys are spread over, whose names have no hash tags: what is atomic is so within one of them. */
  readonly shards?: number;
  /** How many its topology lists, and how many of them do not answer; one, of a cluster six, by default. */
  readonly nodes?: { readonly known: number; readonly away?: number };
  readonly available: () => boolean;
  start(): Promise<RunningBackend>;
}

export interface RunningBackend {
  /** Keys as in the configuration, beside those that say where. */
  open(options?: Partial<StoreOptions>): Promise<LookupStore>;
  stop(): Promise<void>;
}

const always = () => true;
const withRedis = () => requireProgram('redis');

async function bundled(
  listenOn: (folder: string) => { path: string } | { port: number; host: string },
): Promise<RunningBackend> {
  const folder = mkdtempSync(join(tmpdir(), 'lookupd-contract-'));
  const server = new Server();
  const { port, path } = await server.listen(listenOn(folder));
  const url = path === undefined ? `redis://127.0.0.1:${port}` : `unix://${path}`;
  return {
    open: (options) => openStore({ type: 'redis', url, ...options }),
    async stop() {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function openShards(options: Partial<StoreOptions> = {}): Promise<LookupStore> {
  const shards = await Promise.all([0, 1, 2].map(() => openStore({ type: 'embedded', ...options } as StoreOptions)));
  const { id = 'store', 'key-prefix': keyPrefix = '' } = options as { id?: string; 'key-prefix'?: string };
  return new ShardedStore(id, shards, keyPrefix, systemClock);
}

/** The same with a near cache in front, which must not be noticed. */
function nearCached(backend: Backend): Backend {
  return {
    ...backend,
    name: `${backend.name}, behind a near cache`,
    async start() {
      const { open, stop } = await backend.start();
      return { open: (options) => open({ 'near-cache': { ttl: '1m' }, ...options }), stop };
    },
  };
}

const reached: readonly Backend[] = [
  {
    name: 'embedded',
    cluster: false,
    available: always,
    start: async () => ({ open: (options) => openStore({ type: 'embedded', ...options }), stop: async () => {} }),
  },
  {
    name: 'the bundled server over TCP',
    cluster: false,
    available: always,
    start: () => bundled(() => ({ port: 0, host: '127.0.0.1' })),
  },
  {
    name: 'the bundled server over a unix socket',
    cluster: false,
    available: always,
    start: () => bundled((folder) => ({ path: join(folder, 'redis.sock') })),
  },
  {
    name: 'three shards',
    cluster: false,
    shards: 3,
    available: always,
    start: async () => ({ open: (options) => openShards(options), stop: async () => {} }),
  },
  {
    name: 'the bundled server, found out about',
    cluster: false,
    available: always,
    async start() {
      const server = await startServer();
      return {
        open: (options) => openStore({ type: 'redis', 'redis-type': 'auto', url: server.url, ...options }),
        stop: () => server.close(),
      };
    },
  },
  {
    name: 'a real Redis Cluster, found out about',
    cluster: true,
    available: withRedis,
    async start() {
      const cluster = await startCluster();
      const urls = cluster.nodes.slice(0, 2).map((node) => `redis://127.0.0.1:${node.port}`);
      return {
        open: (options) => openStore({ type: 'redis', 'redis-type': 'auto', urls, ...options }),
        stop: () => cluster.stop(),
      };
    },
  },
  {
    name: 'a failover list whose first server is away',
    cluster: false,
    nodes: { known: 2, away: 1 },
    available: always,
    async start() {
      const server = await startServer();
      const away = await startServer();
      away.inject({ fault: { kind: 'refuse' }, times: 'always' });
      const urls = [away.url, server.url];
      return {
        open: (options) => openStore({ type: 'redis', 'redis-type': 'failover', urls, ...options }),
        async stop() {
          await away.close();
          await server.close();
        },
      };
    },
  },
  {
    name: 'a failover list of a real replica and its primary',
    cluster: false,
    nodes: { known: 2 },
    available: withRedis,
    async start() {
      const primary = await startRedis();
      const replica = await startRedis({ directives: { replicaof: `127.0.0.1 ${primary.port}` } });
      const urls = [replica, primary].map(({ port }) => `redis://127.0.0.1:${port}`);
      return {
        async open(options) {
          const store = await openStore({ type: 'redis', 'redis-type': 'failover', urls, ...options });
          // Whoever writes goes on to the primary, and stays there: what is read then is never behind.
          await store.delete('anything');
          return store;
        },
        async stop() {
          await replica.stop();
          await primary.stop();
        },
      };
    },
  },
  {
    name: 'a real Redis',
    cluster: false,
    available: withRedis,
    async start() {
      const redis = await startRedis();
      const url = `redis://127.0.0.1:${redis.port}`;
      return { open: (options) => openStore({ type: 'redis', url, ...options }), stop: () => redis.stop() };
    },
  },
  {
    name: 'a real primary that real Sentinels watch',
    cluster: false,
    available: withRedis,
    async start() {
      const watched = await startWatched();
      const urls = watched.sentinels.map(({ port }) => `redis://127.0.0.1:${port}`);
      const sentinel = { name: PRIMARY_NAME };
      return {
        open: (options) => openStore({ type: 'redis', 'redis-type': 'sentinel', urls, sentinel, ...options }),
        stop: () => watched.stop(),
      };
    },
  },
  {
    name: 'a real Redis Cluster of three primaries and three replicas',
    cluster: true,
    available: withRedis,
    async start() {
      const cluster = await startCluster();
      const urls = cluster.nodes.slice(0, 2).map((node) => `redis://127.0.0.1:${node.port}`);
      return {
        open: (options) => openStore({ type: 'redis', 'redis-type': 'cluster', urls, ...options }),
        stop: () => cluster.stop(),
      };
    },
  },
];

/** Those over a network have servers that can tell of changes. */
const telling = reached.filter(({ name }) => !/^embedded|shards|unix socket/.test(name));

export const backends: readonly Backend[] = [...reached, ...telling.map(nearCached)];

import type { Scenario, Servers } from '../measure.js';
import { contestant, ioredis, isValue, keyOf, nodeRedis } from '../peers.js';
import { openBenchStore, single, unixSocket } from '../stores.js';

async function ours(toml: string, name = 'lookupd') {
  const store = await openBenchStore(toml);
  return await contestant(
    name,
    (i) => store.get(keyOf(i)),
    () => store.close(),
    isValue,
  );
}

async function ioredisGet({ redisPort }: Servers, autoPipelining: boolean) {
  const redis = ioredis(redisPort, autoPipelining);
  const name = autoPipelining ? 'ioredis, autopipelining' : 'ioredis';
  return await contestant(
    name,
    (i) => redis.getBuffer(keyOf(i)),
    () => redis.quit(),
    isValue,
  );
}

export const readScenarios: readonly Scenario[] = [
  {
    name: 'get',
    inFlight: 500,
    atLeast: 3.5,
    open: async (servers) => ({ ours: await ours(single(servers.redisPort)), peer: await ioredisGet(servers, true) }),
  },
  {
    name: 'get',
    inFlight: 500,
    atLeast: 1.5,
    open: async (servers) => {
      const client = await nodeRedis(servers.redisPort);
      const peer = await contestant(
        'node-redis 5',
        (i) => client.get(keyOf(i)),
        () => client.close(),
        isValue,
      );
      return { ours: await ours(single(servers.redisPort)), peer };
    },
  },
  {
    name: 'get',
    inFlight: 1,
    atLeast: 0.9,
    open: async (servers) => ({ ours: await ours(single(servers.redisPort)), peer: await ioredisGet(servers, false) }),
  },
  {
    name: 'get over a unix socket',
    inFlight: 1,
    open: async (servers) => ({
      ours: await ours(unixSocket(servers.redisSocket)),
      peer: await ours(single(servers.redisPort), 'lookupd over TCP'),
    }),
  },
  {
    name: 'get over a unix socket',
    inFlight: 500,
    open: async (servers) => ({
      ours: await ours(unixSocket(servers.redisSocket)),
      peer: await ours(single(servers.redisPort), 'lookupd over TCP'),
    }),
  },
];

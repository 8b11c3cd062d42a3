import type { Contestant, Scenario, Servers } from '../measure.js';
import { contestant, ioredisCluster, isValue, keyOf, nodeRedisCluster } from '../peers.js';
import { cluster, openBenchStore } from '../stores.js';

async function ours({ clusterPorts }: Servers): Promise<Contestant> {
  const store = await openBenchStore(cluster(clusterPorts));
  return await contestant(
    'lookupd',
    (i) => store.get(keyOf(i)),
    () => store.close(),
    isValue,
  );
}

async function ioredis({ clusterPorts }: Servers): Promise<Contestant> {
  const client = ioredisCluster(clusterPorts);
  return await contestant(
    'ioredis Cluster, autopipelining',
    (i) => client.getBuffer(keyOf(i)),
    () => client.quit(),
    isValue,
  );
}

async function nodeRedis({ clusterPorts }: Servers): Promise<Contestant> {
  const client = await nodeRedisCluster(clusterPorts);
  return await contestant(
    'node-redis 5, createCluster',
    (i) => client.get(keyOf(i)),
    () => client.close(),
    isValue,
  );
}

export const clusterScenarios: readonly Scenario[] = [
  {
    name: 'get on a cluster',
    inFlight: 500,
    atLeast: 1,
    open: async (servers) => ({ ours: await ours(servers), peer: await ioredis(servers) }),
  },
  {
    name: 'get on a cluster',
    inFlight: 500,
    open: async (servers) => ({ ours: await ours(servers), peer: await nodeRedis(servers) }),
  },
];

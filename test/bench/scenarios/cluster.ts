import type { Scenario } from '../measure.js';
import { contestant, ioredisCluster, isValue, keyOf } from '../peers.js';
import { cluster, openBenchStore } from '../stores.js';

export const clusterScenarios: readonly Scenario[] = [
  {
    name: 'get on a cluster',
    inFlight: 500,
    atLeast: 1,
    open: async ({ clusterPorts }) => {
      const store = await openBenchStore(cluster(clusterPorts));
      const client = ioredisCluster(clusterPorts);
      return {
        ours: await contestant(
          'lookupd',
          (i) => store.get(keyOf(i)),
          () => store.close(),
          isValue,
        ),
        peer: await contestant(
          'ioredis Cluster, autopipelining',
          (i) => client.getBuffer(keyOf(i)),
          () => client.quit(),
          isValue,
        ),
      };
    },
  },
];

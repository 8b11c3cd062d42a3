import type { CommandDeclaration } from '../../command.js';
import { clusterInfo } from '../cluster-info.js';
import { inCluster } from '../in-cluster.js';

export const info: CommandDeclaration = {
  name: 'info',
  summary: 'Provides info about Redis Cluster node state',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arity: 2,
  flags: ['stale'],
  run: inCluster(({ reply }, cluster) => reply.verbatim('txt', clusterInfo(cluster))),
};

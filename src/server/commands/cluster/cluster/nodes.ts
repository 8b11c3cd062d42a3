import { nodeLines } from '../../../cluster/node-line.js';
import type { CommandDeclaration } from '../../command.js';
import { inCluster } from '../in-cluster.js';

export const nodes: CommandDeclaration = {
  name: 'nodes',
  summary: 'Get Cluster config for the node',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(N) where N is the total number of Cluster nodes',
  arity: 2,
  flags: ['stale'],
  run: inCluster(({ reply }, cluster) => reply.verbatim('txt', nodeLines(cluster.table))),
};

import type { CommandDeclaration } from '../../command.js';
import { describeShards } from '../describe-shards.js';
import { inCluster } from '../in-cluster.js';

export const shards: CommandDeclaration = {
  name: 'shards',
  summary: 'Get array of cluster slots to node mappings',
  since: '7.0.0',
  group: 'cluster',
  complexity: 'O(N) where N is the total number of cluster nodes',
  arity: 2,
  flags: ['stale'],
  run: inCluster(describeShards),
};

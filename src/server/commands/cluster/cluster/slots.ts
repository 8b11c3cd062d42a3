import type { CommandDeclaration } from '../../command.js';
import { describeSlots } from '../describe-shards.js';
import { inCluster } from '../in-cluster.js';

export const slots: CommandDeclaration = {
  name: 'slots',
  summary: 'Get array of Cluster slot to node mappings',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(N) where N is the total number of Cluster nodes',
  deprecated: { since: '7.0.0', use: '`CLUSTER SHARDS`' },
  history: ['4.0.0 Added node IDs.', '7.0.0 Added additional networking metadata field.'],
  arity: 2,
  flags: ['stale'],
  run: inCluster(describeSlots),
};

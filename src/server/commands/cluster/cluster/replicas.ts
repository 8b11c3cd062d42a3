import type { CommandDeclaration } from '../../command.js';
import { needsCluster } from '../needs-cluster.js';

export const replicas: CommandDeclaration = {
  name: 'replicas',
  summary: 'List replica nodes of the specified master node',
  since: '5.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arguments: ['node-id'],
  arity: 3,
  flags: ['admin', 'stale'],
  run: needsCluster,
};

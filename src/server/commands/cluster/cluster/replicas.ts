import type { CommandDeclaration } from '../../command.js';
import { inCluster } from '../in-cluster.js';
import { listReplicas } from '../list-replicas.js';

export const replicas: CommandDeclaration = {
  name: 'replicas',
  summary: 'List replica nodes of the specified master node',
  since: '5.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arguments: ['node-id'],
  arity: 3,
  flags: ['admin', 'stale'],
  run: inCluster(listReplicas),
};

import type { CommandDeclaration } from '../../command.js';
import { needsCluster } from '../needs-cluster.js';

export const bumpepoch: CommandDeclaration = {
  name: 'bumpepoch',
  summary: 'Advance the cluster config epoch',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'stale', 'no_async_loading'],
  run: needsCluster,
};

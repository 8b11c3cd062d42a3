import type { CommandDeclaration } from '../../command.js';
import { needsCluster } from '../needs-cluster.js';

export const forget: CommandDeclaration = {
  name: 'forget',
  summary: 'Remove a node from the nodes table',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arguments: ['node-id'],
  arity: 3,
  flags: ['admin', 'stale', 'no_async_loading'],
  run: needsCluster,
};

import type { CommandDeclaration } from '../../command.js';
import { needsCluster } from '../needs-cluster.js';

export const flushslots: CommandDeclaration = {
  name: 'flushslots',
  summary: "Delete a node's own slots information",
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'stale', 'no_async_loading'],
  run: needsCluster,
};

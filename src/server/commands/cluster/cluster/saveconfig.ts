import type { CommandDeclaration } from '../../command.js';
import { needsCluster } from '../needs-cluster.js';

export const saveconfig: CommandDeclaration = {
  name: 'saveconfig',
  summary: 'Forces the node to save cluster state on disk',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'stale', 'no_async_loading'],
  run: needsCluster,
};

import type { CommandDeclaration } from '../../command.js';
import { needsCluster } from '../needs-cluster.js';

export const setConfigEpoch: CommandDeclaration = {
  name: 'set-config-epoch',
  summary: 'Set the configuration epoch in a new node',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arguments: ['config-epoch:integer'],
  arity: 3,
  flags: ['admin', 'stale', 'no_async_loading'],
  run: needsCluster,
};

import type { CommandDeclaration } from '../../command.js';
import { needsCluster } from '../needs-cluster.js';

export const addslots: CommandDeclaration = {
  name: 'addslots',
  summary: 'Assign new hash slots to receiving node',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(N) where N is the total number of hash slot arguments',
  arguments: ['slot:integer...'],
  arity: -3,
  flags: ['admin', 'stale', 'no_async_loading'],
  run: needsCluster,
};

import type { CommandDeclaration } from '../../command.js';
import { needsCluster } from '../needs-cluster.js';

export const keyslot: CommandDeclaration = {
  name: 'keyslot',
  summary: 'Returns the hash slot of the specified key',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(N) where N is the number of bytes in the key',
  arguments: ['key'],
  arity: 3,
  flags: ['stale'],
  run: needsCluster,
};

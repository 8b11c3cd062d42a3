import type { CommandDeclaration } from '../../command.js';
import { needsCluster } from '../needs-cluster.js';

export const countkeysinslot: CommandDeclaration = {
  name: 'countkeysinslot',
  summary: 'Return the number of local keys in the specified hash slot',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arguments: ['slot:integer'],
  arity: 3,
  flags: ['stale'],
  run: needsCluster,
};

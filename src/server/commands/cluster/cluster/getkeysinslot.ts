import type { CommandDeclaration } from '../../command.js';
import { needsCluster } from '../needs-cluster.js';

export const getkeysinslot: CommandDeclaration = {
  name: 'getkeysinslot',
  summary: 'Return local key names in the specified hash slot',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(log(N)) where N is the number of requested keys',
  arguments: ['slot:integer', 'count:integer'],
  arity: 4,
  flags: ['stale'],
  run: needsCluster,
};

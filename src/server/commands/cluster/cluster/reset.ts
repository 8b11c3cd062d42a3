import type { CommandDeclaration } from '../../command.js';
import { needsCluster } from '../needs-cluster.js';

export const reset: CommandDeclaration = {
  name: 'reset',
  summary: 'Reset a Redis Cluster node',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(N) where N is the number of known nodes. The command may execute a FLUSHALL as a side effect.',
  arguments: ['[hard_soft(HARD | SOFT)]'],
  arity: -2,
  flags: ['admin', 'noscript', 'stale'],
  run: needsCluster,
};

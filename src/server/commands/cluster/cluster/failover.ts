import type { CommandDeclaration } from '../../command.js';
import { failOver } from '../fail-over.js';
import { inCluster } from '../in-cluster.js';

export const failover: CommandDeclaration = {
  name: 'failover',
  summary: 'Forces a replica to perform a manual failover of its master.',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arguments: ['[options(FORCE | TAKEOVER)]'],
  arity: -2,
  flags: ['admin', 'stale', 'no_async_loading'],
  run: inCluster(failOver),
};

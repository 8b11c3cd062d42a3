import type { CommandDeclaration } from '../../command.js';
import { needsCluster } from '../needs-cluster.js';

export const meet: CommandDeclaration = {
  name: 'meet',
  summary: 'Force a node cluster to handshake with another node',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  history: ['4.0.0 Added the optional `cluster_bus_port` argument.'],
  arguments: ['ip', 'port:integer', '[cluster_bus_port:integer@4.0.0]'],
  arity: -4,
  flags: ['admin', 'stale', 'no_async_loading'],
  run: needsCluster,
};

import type { CommandDeclaration } from '../../command.js';
import { inCluster } from '../in-cluster.js';

export const myid: CommandDeclaration = {
  name: 'myid',
  summary: 'Return the node id',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arity: 2,
  flags: ['stale'],
  run: inCluster(({ reply }, { myself }) => reply.bulk(myself.name)),
};

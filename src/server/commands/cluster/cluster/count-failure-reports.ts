import { FailureReports } from '../../../cluster/failure-reports.js';
import type { CommandDeclaration } from '../../command.js';
import { readNode } from '../cluster-arguments.js';
import { inCluster } from '../in-cluster.js';

export const countFailureReports: CommandDeclaration = {
  name: 'count-failure-reports',
  summary: 'Return the number of failure reports active for a given node',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(N) where N is the number of failure reports',
  arguments: ['node-id'],
  arity: 3,
  flags: ['admin', 'stale'],
  run: inCluster(({ args, reply }, cluster) => {
    reply.integer(FailureReports.count(readNode(cluster, args, 2), cluster));
  }),
};

import type { CommandDeclaration } from '../../command.js';
import { describeLinks } from '../describe-links.js';
import { inCluster } from '../in-cluster.js';

export const links: CommandDeclaration = {
  name: 'links',
  summary: 'Returns a list of all TCP links to and from peer nodes in cluster',
  since: '7.0.0',
  group: 'cluster',
  complexity: 'O(N) where N is the total number of Cluster nodes',
  arity: 2,
  flags: ['stale'],
  run: inCluster(({ reply }, cluster) => describeLinks(reply, cluster)),
};

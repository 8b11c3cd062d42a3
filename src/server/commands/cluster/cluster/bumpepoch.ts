import type { CommandDeclaration } from '../../command.js';
import { inCluster } from '../in-cluster.js';

export const bumpepoch: CommandDeclaration = {
  name: 'bumpepoch',
  summary: 'Advance the cluster config epoch',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'stale', 'no_async_loading'],
  run: inCluster(({ reply }, cluster) => {
    const isBumped = cluster.table.bumpEpoch();
    if (isBumped) cluster.later({ save: true, surely: true });
    reply.simple(`${isBumped ? 'BUMPED' : 'STILL'} ${cluster.myself.configEpoch}`);
  }),
};

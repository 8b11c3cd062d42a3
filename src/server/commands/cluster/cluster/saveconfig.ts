import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { inCluster } from '../in-cluster.js';

export const saveconfig: CommandDeclaration = {
  name: 'saveconfig',
  summary: 'Forces the node to save cluster state on disk',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'stale', 'no_async_loading'],
  run: inCluster(({ reply }, cluster) => {
    const problem = cluster.saveNow(true);
    if (problem !== undefined) throw new CommandError(`ERR error saving the cluster node config: ${problem}`);
    reply.ok();
  }),
};

import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { inCluster } from '../in-cluster.js';

export const flushslots: CommandDeclaration = {
  name: 'flushslots',
  summary: "Delete a node's own slots information",
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'stale', 'no_async_loading'],
  run: inCluster(({ reply, server }, cluster) => {
    if (server.keyspace.databases[0]!.size > 0) {
      throw new CommandError('ERR DB must be empty to perform CLUSTER FLUSHSLOTS.');
    }
    cluster.table.releaseAll(cluster.myself);
    cluster.later({ save: true, health: true });
    reply.ok();
  }),
};

import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { readNode } from '../cluster-arguments.js';
import { inCluster } from '../in-cluster.js';

export const forget: CommandDeclaration = {
  name: 'forget',
  summary: 'Remove a node from the nodes table',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arguments: ['node-id'],
  arity: 3,
  flags: ['admin', 'stale', 'no_async_loading'],
  run: inCluster(({ args, reply }, cluster) => {
    const { myself } = cluster;
    const node = readNode(cluster, args, 2);
    if (node === myself) throw new CommandError("ERR I tried hard but I can't forget myself...");
    if (myself.primary === node) throw new CommandError("ERR Can't forget my master!");
    cluster.forget(node);
    reply.ok();
  }),
};

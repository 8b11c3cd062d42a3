import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { readNode } from '../cluster-arguments.js';
import { inCluster } from '../in-cluster.js';

export const replicate: CommandDeclaration = {
  name: 'replicate',
  summary: 'Reconfigure a node as a replica of the specified master node',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arguments: ['node-id'],
  arity: 3,
  flags: ['admin', 'stale', 'no_async_loading'],
  run: inCluster(({ args, reply, server }, cluster) => {
    const { myself } = cluster;
    const node = readNode(cluster, args, 2);
    if (node === myself) throw new CommandError("ERR Can't replicate myself");
    if (node.isReplica) throw new CommandError('ERR I can only replicate a master, not a replica.');
    if (myself.isPrimary && (myself.slots.size > 0 || server.keyspace.databases[0]!.size > 0)) {
      throw new CommandError('ERR To set a master the node must be empty and without assigned slots.');
    }
    cluster.follow(node);
    reply.ok();
  }),
};

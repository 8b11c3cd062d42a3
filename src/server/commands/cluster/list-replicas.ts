import type { Cluster } from '../../cluster/cluster.js';
import { nodeLine } from '../../cluster/node-line.js';
import { CommandError } from '../../errors.js';
import type { Call } from '../call.js';
import { readNode } from './cluster-arguments.js';

/** CLUSTER REPLICAS and, of old, SLAVES. */
export function listReplicas({ args, reply }: Call, cluster: Cluster): void {
  const node = readNode(cluster, args, 2);
  if (node.isReplica) throw new CommandError('ERR The specified node is not a master');
  reply.array(node.replicas.length);
  for (const replica of node.replicas) reply.bulk(nodeLine(cluster.table, replica));
}

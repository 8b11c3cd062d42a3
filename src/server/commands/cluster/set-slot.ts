import type { Cluster } from '../../cluster/cluster.js';
import type { ClusterNode } from '../../cluster/node.js';
import { CommandError } from '../../errors.js';
import type { Call } from '../call.js';
import { readNode, readSlot } from './cluster-arguments.js';

/** CLUSTER SETSLOT: the steps by which a slot goes from one primary to another. */
export function setSlot(call: Call, cluster: Cluster): void {
  const { args, reply } = call;
  const { table } = cluster;
  if (table.myself.isReplica) throw new CommandError('ERR Please use SETSLOT only with masters.');
  const slot = readSlot(args, 2);
  const action = args.word(3);
  if (action === 'migrating' && args.count === 5) migrate(call, cluster, slot);
  else if (action === 'importing' && args.count === 5) importFrom(call, cluster, slot);
  else if (action === 'stable' && args.count === 4) {
    table.importing.delete(slot);
    table.migrating.delete(slot);
  } else if (action === 'node' && args.count === 5) give(cluster, slot, primaryAt(call, cluster, 'Unknown node'));
  else throw new CommandError('ERR Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP');
  cluster.later({ save: true, health: true });
  reply.ok();
}

function migrate(call: Call, cluster: Cluster, slot: number): void {
  const { table } = cluster;
  if (table.owners[slot] !== table.myself) throw new CommandError(`ERR I'm not the owner of hash slot ${slot}`);
  table.migrating.set(slot, primaryAt(call, cluster, "I don't know about node"));
}

function importFrom(call: Call, cluster: Cluster, slot: number): void {
  const { table } = cluster;
  if (table.owners[slot] === table.myself) throw new CommandError(`ERR I'm already the owner of hash slot ${slot}`);
  table.importing.set(slot, primaryAt(call, cluster, "I don't know about node"));
}

function primaryAt({ args }: Call, cluster: Cluster, unknown: string): ClusterNode {
  const node = readNode(cluster, args, 4, unknown);
  if (node.isReplica) throw new CommandError('ERR Target node is not a master');
  return node;
}

function give(cluster: Cluster, slot: number, node: ClusterNode): void {
  const { table, server, settings } = cluster;
  const { myself } = table;
  const wasMine = table.owners[slot] === myself;
  const keys = server.keyspace.countInSlot(slot);
  if (wasMine && node !== myself && keys > 0) {
    throw new CommandError(
      `ERR Can't assign hashslot ${slot} to a different node while I still hold keys for this hash slot.`,
    );
  }
  if (keys === 0) table.migrating.delete(slot);
  table.release(slot);
  table.assign(slot, node);
  if (wasMine && node !== myself && myself.slots.size === 0 && settings.allowsReplicaMigration) {
    server.log('warning', `Configuration change detected. Reconfiguring myself as a replica of ${node.name}`);
    cluster.follow(node);
  }
  if (node === myself && table.importing.has(slot)) take(cluster, slot);
}

/** It has come here: the others have to learn of it, as of something newer than what they know. */
function take(cluster: Cluster, slot: number): void {
  const { table, server, bus } = cluster;
  if (table.bumpEpoch()) server.log('warning', `configEpoch updated after importing slot ${slot}`);
  table.importing.delete(slot);
  bus.announce('all');
}

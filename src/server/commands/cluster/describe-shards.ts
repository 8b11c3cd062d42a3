import type { Cluster } from '../../cluster/cluster.js';
import type { Call } from '../call.js';
import { describeMember, describePlace, isAvailable } from './describe-node.js';

/** CLUSTER SHARDS: each primary with its slots and replicas. */
export function describeShards({ reply }: Call, cluster: Cluster): void {
  const primaries = [...cluster.table.nodes.values()].filter((node) => node.isPrimary);
  reply.array(primaries.length);
  for (const primary of primaries) {
    const ranges = primary.slots.ranges();
    const members = [primary, ...primary.replicas];
    reply.map(2);
    reply.bulk('slots');
    reply.array(ranges.length * 2);
    for (const slot of ranges.flat()) reply.integer(slot);
    reply.bulk('nodes');
    reply.array(members.length);
    for (const node of members) describeMember(reply, cluster, node);
  }
}

/** CLUSTER SLOTS: each run of slots with its primary and the replicas that can answer. */
export function describeSlots({ reply }: Call, cluster: Cluster): void {
  const owned = cluster.table.ownedRanges();
  reply.array(owned.length);
  for (const { node, range } of owned) {
    const replicas = node.replicas.filter((replica) => isAvailable(cluster, replica));
    reply.array(3 + replicas.length);
    reply.integer(range[0]);
    reply.integer(range[1]);
    for (const each of [node, ...replicas]) describePlace(reply, cluster, each);
  }
}

import type { ReplySink } from '../../../resp/sink.js';
import type { Cluster } from '../../cluster/cluster.js';
import type { ClusterNode } from '../../cluster/node.js';
import { preferredEndpoint } from '../../cluster/routing.js';
import { writeFields } from './write-fields.js';

/** Where a node is, as CLUSTER SLOTS tells it. */
export function describePlace(reply: ReplySink, cluster: Cluster, node: ClusterNode): void {
  const { endpointType } = cluster.settings;
  reply.array(4);
  if (endpointType === 'unknown-endpoint') reply.nil();
  else reply.bulk(preferredEndpoint(cluster, node));
  reply.integer(node.port);
  reply.bulk(node.name);
  const more: (readonly [string, string])[] = [];
  if (endpointType !== 'ip') more.push(['ip', node.ip]);
  if (endpointType !== 'hostname' && node.hostname !== '') more.push(['hostname', node.hostname]);
  writeFields(reply, more);
}

/** A replica that can answer: it is there, and has data. */
export function isAvailable(cluster: Cluster, node: ClusterNode): boolean {
  return !node.hasFailed && offsetOf(cluster, node) !== 0;
}

/** A node as CLUSTER SHARDS tells of it. */
export function describeMember(reply: ReplySink, cluster: Cluster, node: ClusterNode): void {
  const offset = offsetOf(cluster, node);
  const fields: (readonly [string, string | number])[] = [['id', node.name]];
  if (node.port !== 0) fields.push(['port', node.port]);
  fields.push(['ip', node.ip], ['endpoint', preferredEndpoint(cluster, node)]);
  if (node.hostname !== '') fields.push(['hostname', node.hostname]);
  const loading = node.isReplica && offset === 0;
  fields.push(
    ['role', node.isReplica ? 'replica' : 'master'],
    ['replication-offset', offset],
    ['health', node.hasFailed ? 'fail' : loading ? 'loading' : 'online'],
  );
  writeFields(reply, fields);
}

/** Of others as they have said, of this node as it is. */
function offsetOf(cluster: Cluster, node: ClusterNode): number {
  return node.isMyself ? cluster.offset : node.offset;
}

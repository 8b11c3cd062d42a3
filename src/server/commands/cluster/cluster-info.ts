import type { Cluster } from '../../cluster/cluster.js';
import { MESSAGE_NAMES } from '../../cluster/messages.js';

/** CLUSTER INFO. */
export function clusterInfo({ table, health, myself, bus }: Cluster): string {
  const owners = table.owners.filter((owner) => owner !== undefined);
  const failed = owners.filter((owner) => owner.hasFailed).length;
  const suspect = owners.filter((owner) => !owner.hasFailed && owner.isSuspect).length;
  const fields: (readonly [string, string | number])[] = [
    ['cluster_state', health.isOk ? 'ok' : 'fail'],
    ['cluster_slots_assigned', owners.length],
    ['cluster_slots_ok', owners.length - failed - suspect],
    ['cluster_slots_pfail', suspect],
    ['cluster_slots_fail', failed],
    ['cluster_known_nodes', table.nodes.size],
    ['cluster_size', health.size],
    ['cluster_current_epoch', table.currentEpoch],
    ['cluster_my_epoch', myself.shardEpoch],
    ...messageFields(bus.sent, 'sent'),
    ...messageFields(bus.received, 'received'),
    ['total_cluster_links_buffer_limit_exceeded', bus.overLimit],
  ];
  return fields.map(([name, value]) => `${name}:${value}\r\n`).join('');
}

function messageFields(counts: ReadonlyMap<number, number>, way: 'sent' | 'received'): [string, number][] {
  const each = MESSAGE_NAMES.map((name, type) => [name, counts.get(type) ?? 0] as const);
  const seen = each.filter(([, count]) => count > 0);
  const total = seen.reduce((sum, [, count]) => sum + count, 0);
  return [
    ...seen.map(([name, count]): [string, number] => [`cluster_stats_messages_${name}_${way}`, count]),
    [`cluster_stats_messages_${way}`, total],
  ];
}

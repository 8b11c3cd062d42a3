import { lagOf } from '../../../replication/replication.js';
import type { Server } from '../../../server.js';
import type { InfoFields } from './sections.js';

export function replicationFields(server: Server): InfoFields {
  const { replication, settings } = server;
  const { backlog } = replication;
  const asksForReplicas = settings.minReplicas > 0 && settings.minReplicasMaxLag > 0;
  return [
    ...roleFields(server),
    ['connected_slaves', replication.replicas.size],
    ...(asksForReplicas ? [['min_slaves_good_slaves', replication.goodReplicas] as const] : []),
    ...replicaFields(server),
    ['master_failover_state', replication.failover.state],
    ['master_replid', replication.id],
    ['master_replid2', '0'.repeat(40)],
    ['master_repl_offset', replication.offset],
    ['second_repl_offset', -1],
    ['repl_backlog_active', backlog === undefined ? 0 : 1],
    ['repl_backlog_size', settings.backlogSize],
    ['repl_backlog_first_byte_offset', backlog?.firstOffset ?? 0],
    ['repl_backlog_histlen', backlog?.length ?? 0],
  ];
}

/** A server whose replica has taken over is a replica without a link. */
function roleFields({ replication }: Server): InfoFields {
  const { successor } = replication.failover;
  if (successor === undefined) return [['role', 'master']];
  return [
    ['role', 'slave'],
    ['master_host', successor.host],
    ['master_port', successor.port],
    ['master_link_status', 'down'],
    ['master_sync_in_progress', 0],
    ['slave_read_only', 1],
  ];
}

function replicaFields({ replication, clock }: Server): InfoFields {
  return [...replication.replicas].map((replica, i) => {
    const { address, listeningPort, state, acknowledged, heardAt } = replica;
    const lag = state === 'online' ? lagOf(clock.now(), heardAt) : 0;
    return [
      `slave${i}`,
      `ip=${address},port=${listeningPort},state=${replica.shownState},offset=${acknowledged},lag=${lag}`,
    ];
  });
}

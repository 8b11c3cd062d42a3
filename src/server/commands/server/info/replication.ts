import { lagOf } from '../../../replication/lag.js';
import type { PrimaryLink } from '../../../replication/primary-link.js';
import type { Server } from '../../../server.js';
import type { InfoFields } from './sections.js';

export function replicationFields(server: Server): InfoFields {
  const { replication, settings } = server;
  const { backlog } = replication;
  const asksForReplicas = settings.minReplicas > 0 && settings.minReplicasMaxLag > 0;
  return [
    ['role', replication.isReplica ? 'slave' : 'master'],
    ...(replication.isReplica ? followingFields(server) : []),
    ['connected_slaves', replication.replicas.size],
    ...(asksForReplicas ? [['min_slaves_good_slaves', replication.goodReplicas] as const] : []),
    ...replicaFields(server),
    ['master_failover_state', replication.failover.state],
    ['master_replid', replication.id],
    ['master_replid2', replication.secondId],
    ['master_repl_offset', replication.offset],
    ['second_repl_offset', replication.secondOffset],
    ['repl_backlog_active', backlog === undefined ? 0 : 1],
    ['repl_backlog_size', settings.backlogSize],
    ['repl_backlog_first_byte_offset', backlog?.firstOffset ?? 0],
    ['repl_backlog_histlen', backlog?.length ?? 0],
  ];
}

function followingFields({ settings, configuration, replication, clock }: Server): InfoFields {
  const [host = '', port = ''] = settings.primary.split(' ');
  const { state, stream, link, secondsDown, database } = replication.following;
  // Where it has no place in any history, Redis tells the first byte of one.
  const place = database === undefined ? 1 : replication.offset;
  const lastHeard = stream === undefined ? -1 : lagOf(clock.now(), link?.heardAt ?? 0);
  return [
    ['master_host', host],
    ['master_port', port],
    ['master_link_status', state === 'connected' ? 'up' : 'down'],
    ['master_last_io_seconds_ago', lastHeard],
    ['master_sync_in_progress', Number(state === 'sync')],
    ['slave_read_repl_offset', stream?.received ?? place],
    ['slave_repl_offset', stream?.offset ?? place],
    ...(state === 'sync' ? transferFields(link, clock.now()) : []),
    ...(state === 'connected' ? [] : [['master_link_down_since_seconds', secondsDown] as const]),
    ['slave_priority', configuration.get('replica-priority') ?? ''],
    ['slave_read_only', Number(settings.replicaReadOnly)],
    ['replica_announced', Number(configuration.get('replica-announced') === 'yes')],
  ];
}

function transferFields(link: PrimaryLink | undefined, now: number): InfoFields {
  const receiver = link?.receiver;
  const received = receiver?.received ?? 0;
  // As Redis has it: -1 before it is announced, 0 where only a mark will tell the end.
  const total = receiver === undefined ? -1 : (receiver.total ?? 0);
  return [
    ['master_sync_total_bytes', total],
    ['master_sync_read_bytes', received],
    ['master_sync_left_bytes', total - received],
    ['master_sync_perc', (total > 0 ? (received / total) * 100 : 0).toFixed(2)],
    ['master_sync_last_io_seconds_ago', lagOf(now, link?.heardAt ?? now)],
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

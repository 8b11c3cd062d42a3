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
  const { state, stream, link, secondsDown } = replication.following;
  const lastHeard = stream === undefined ? -1 : lagOf(clock.now(), link?.heardAt ?? 0);
  return [
    ['master_host', host],
    ['master_port', port],
    ['master_link_status', state === 'connected' ? 'up' : 'down'],
    ['master_last_io_seconds_ago', lastHeard],
    ['master_sync_in_progress', Number(state === 'sync')],
    ['slave_read_repl_offset', stream?.received ?? replication.offset],
    ['slave_repl_offset', stream?.offset ?? replication.offset],
    ...(state === 'sync' ? transferFields(link, clock.now()) : []),
    ...(state === 'connected' ? [] : [['master_link_down_since_seconds', secondsDown] as const]),
    ['slave_priority', configuration.get('replica-priority') ?? ''],
    ['slave_read_only', Number(settings.replicaReadOnly)],
    ['replica_announced', Number(configuration.get('replica-announced') === 'yes')],
  ];
}

function transferFields(link: PrimaryLink | undefined, now: number): InfoFields {
  const { received = 0, total = -1 } = link?.receiver ?? {};
  const shown = total > 0 ? total : received;
  return [
    ['master_sync_total_bytes', Math.max(0, total)],
    ['master_sync_read_bytes', received],
    ['master_sync_left_bytes', Math.max(0, shown - received)],
    ['master_sync_perc', (shown === 0 ? 0 : (received / shown) * 100).toFixed(2)],
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

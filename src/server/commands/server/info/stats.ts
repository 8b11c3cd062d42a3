import type { Server } from '../../../server.js';
import type { InfoFields } from './sections.js';

export function statsFields(server: Server): InfoFields {
  const { stats, keyspace, pubsub, tracking, replication } = server;
  const exceeded = server.eviction.exceededTimes();
  const perSecond = server.rates.perSecond();
  const kilobytes = (bytes: number) => (bytes / 1024).toFixed(2);
  return [
    ['total_connections_received', stats.connections],
    ['total_commands_processed', stats.commands],
    ['instantaneous_ops_per_sec', Math.round(perSecond.commands)],
    ['total_net_input_bytes', stats.bytesIn],
    ['total_net_output_bytes', stats.bytesOut],
    ['total_net_repl_input_bytes', 0],
    ['total_net_repl_output_bytes', replication.bytesOut],
    ['instantaneous_input_kbps', kilobytes(perSecond.bytesIn)],
    ['instantaneous_output_kbps', kilobytes(perSecond.bytesOut)],
    ['instantaneous_input_repl_kbps', '0.00'],
    ['instantaneous_output_repl_kbps', '0.00'],
    ['rejected_connections', stats.rejectedConnections],
    ['sync_full', replication.syncs.full],
    ['sync_partial_ok', replication.syncs.partial],
    ['sync_partial_err', replication.syncs.refused],
    ['expired_keys', keyspace.expired],
    ['expired_subkeys', keyspace.expiredFields],
    ['expired_stale_perc', '0.00'],
    ['expired_time_cap_reached_count', 0],
    ['expire_cycle_cpu_milliseconds', 0],
    ['evicted_keys', keyspace.evicted],
    ['evicted_clients', server.clientEviction.evicted],
    ['total_eviction_exceeded_time', exceeded.total],
    ['current_eviction_exceeded_time', exceeded.current],
    ['keyspace_hits', keyspace.hits],
    ['keyspace_misses', keyspace.misses],
    ['pubsub_channels', pubsub.channels.size],
    ['pubsub_patterns', pubsub.patterns.size],
    ['pubsubshard_channels', pubsub.shardChannels.size],
    ['latest_fork_usec', 0],
    ['total_forks', stats.backgroundJobs],
    ['migrate_cached_sockets', server.targets.size],
    ['slave_expires_tracked_keys', replication.ownKeys.size],
    ['active_defrag_hits', 0],
    ['active_defrag_misses', 0],
    ['active_defrag_key_hits', 0],
    ['active_defrag_key_misses', 0],
    ['total_active_defrag_time', 0],
    ['current_active_defrag_time', 0],
    ['tracking_total_keys', tracking.keys],
    ['tracking_total_items', tracking.items],
    ['tracking_total_prefixes', tracking.broadcast.size],
    ['unexpected_error_replies', 0],
    ['total_error_replies', stats.errorReplies],
    ['dump_payload_sanitizations', 0],
    ['total_reads_processed', stats.reads],
    ['total_writes_processed', stats.writes],
    ['io_threaded_reads_processed', 0],
    ['io_threaded_writes_processed', 0],
    ['reply_buffer_shrinks', 0],
    ['reply_buffer_expands', 0],
  ];
}

export function commandStats(server: Server): InfoFields {
  return [...server.stats.byCommand].map(([command, { calls, microseconds, rejected, failed }]) => {
    const each = calls === 0 ? 0 : microseconds / calls;
    return [
      `cmdstat_${server.commands.fullName(command)}`,
      `calls=${calls},usec=${Math.floor(microseconds)},usec_per_call=${each.toFixed(2)},rejected_calls=${rejected},failed_calls=${failed}`,
    ];
  });
}

export function errorStats(server: Server): InfoFields {
  return [...server.stats.errors]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, count]) => [`errorstat_${code}`, `count=${count}`]);
}

export function latencyStats(server: Server): InfoFields {
  const percents = (server.configuration.get('latency-tracking-info-percentiles') ?? '').split(' ').filter(Boolean);
  return [...server.stats.byCommand].flatMap(([command, { histogram }]) => {
    if (histogram === undefined) return [];
    const shown = percents.map((percent) => `p${percent}=${histogram.percentile(Number(percent)).toFixed(3)}`);
    return [[`latency_percentiles_usec_${server.commands.fullName(command)}`, shown.join(',')] as const];
  });
}

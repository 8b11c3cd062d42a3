import type { Server } from '../../../server.js';
import type { InfoFields } from './sections.js';

export function persistenceFields(server: Server): InfoFields {
  return [
    ['loading', server.keyspace.isLoading ? 1 : 0],
    ['async_loading', 0],
    ['current_cow_peak', 0],
    ['current_cow_size', 0],
    ['current_cow_size_age', 0],
    ['current_fork_perc', '0.00'],
    ['current_save_keys_processed', 0],
    ['current_save_keys_total', 0],
    ['rdb_changes_since_last_save', server.effects.dirty],
    ['rdb_bgsave_in_progress', 0],
    ['rdb_last_save_time', Math.floor(server.startedAt / 1000)],
    ['rdb_last_bgsave_status', 'ok'],
    ['rdb_last_bgsave_time_sec', -1],
    ['rdb_current_bgsave_time_sec', -1],
    ['rdb_saves', 0],
    ['rdb_last_cow_size', 0],
    ['rdb_last_load_keys_expired', 0],
    ['rdb_last_load_keys_loaded', 0],
    ...appendOnlyFields(server),
    ['module_fork_in_progress', 0],
    ['module_fork_last_cow_size', 0],
    ...(server.appendOnlyFile.isOn ? sizeFields(server) : []),
  ];
}

function appendOnlyFields({ appendOnlyFile: file }: Server): InfoFields {
  const { rewrite } = file;
  return [
    ['aof_enabled', file.isOn ? 1 : 0],
    ['aof_rewrite_in_progress', rewrite.isRunning ? 1 : 0],
    ['aof_rewrite_scheduled', rewrite.isScheduled ? 1 : 0],
    ['aof_last_rewrite_time_sec', rewrite.lastSeconds],
    ['aof_current_rewrite_time_sec', rewrite.currentSeconds],
    ['aof_last_bgrewrite_status', rewrite.status],
    ['aof_rewrites', rewrite.count],
    ['aof_rewrites_consecutive_failures', rewrite.failuresInARow],
    ['aof_last_write_status', file.failure === undefined ? 'ok' : 'err'],
    ['aof_last_cow_size', 0],
  ];
}

function sizeFields({ appendOnlyFile: file, stats }: Server): InfoFields {
  return [
    ['aof_current_size', file.size],
    ['aof_base_size', file.baseSize],
    ['aof_pending_rewrite', 0],
    ['aof_buffer_length', file.bufferLength],
    ['aof_pending_bio_fsync', file.increment?.isSyncPending ? 1 : 0],
    ['aof_delayed_fsync', stats.delayedFsyncs],
  ];
}

import type { Server } from '../../../server.js';
import type { InfoFields } from './sections.js';

export function persistenceFields(server: Server): InfoFields {
  const { persistence } = server;
  const { progress, lastLoad } = persistence;
  const { keys = 0, total = 0 } = progress?.snapshot ?? {};
  return [
    ['loading', Number(persistence.loading || persistence.isLoadingBeside || server.keyspace.isLoading)],
    ['async_loading', Number(persistence.isLoadingBeside)],
    ['current_cow_peak', 0],
    ['current_cow_size', 0],
    ['current_cow_size_age', 0],
    ['current_fork_perc', total === 0 ? '0.00' : ((keys / total) * 100).toFixed(2)],
    ['current_save_keys_processed', keys],
    ['current_save_keys_total', total],
    ['rdb_changes_since_last_save', persistence.changes],
    ['rdb_bgsave_in_progress', Number(persistence.isSaving)],
    ['rdb_last_save_time', persistence.lastSave],
    ['rdb_last_bgsave_status', persistence.lastStatus],
    ['rdb_last_bgsave_time_sec', persistence.lastDuration],
    ['rdb_current_bgsave_time_sec', progress?.seconds ?? -1],
    ['rdb_saves', persistence.saves],
    ['rdb_last_cow_size', 0],
    ['rdb_last_load_keys_expired', lastLoad?.expired ?? 0],
    ['rdb_last_load_keys_loaded', lastLoad?.keys ?? 0],
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

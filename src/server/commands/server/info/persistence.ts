import type { Server } from '../../../server.js';
import type { InfoFields } from './sections.js';

export function persistenceFields(server: Server): InfoFields {
  const { persistence } = server;
  const { progress } = persistence;
  const { last: lastLoad } = persistence.loads;
  const { keys = 0, total = 0, copied = 0 } = progress?.snapshot ?? {};
  return [
    ['loading', Number(persistence.loading || server.keyspace.isLoading)],
    ['async_loading', Number(persistence.isLoadingBeside)],
    ['current_cow_peak', copied],
    ['current_cow_size', copied],
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
    ['rdb_last_cow_size', persistence.lastCopied],
    ['rdb_last_load_keys_expired', lastLoad?.expired ?? 0],
    ['rdb_last_load_keys_loaded', lastLoad?.keys ?? 0],
    ...appendOnlyFields(server),
    ['module_fork_in_progress', 0],
    ['module_fork_last_cow_size', 0],
    ...(server.appendOnlyFile.isOn ? sizeFields(server) : []),
    ...loadingFields(server),
  ];
}

/** Of data that is being loaded from an RDB file, or as it comes from a primary. */
function loadingFields({ persistence, clock }: Server): InfoFields {
  const { progress } = persistence.loads;
  if (progress === undefined) return [];
  const { startedAt, total } = progress;
  const loaded = progress.loaded();
  const usedMemory = progress.usedMemory();
  // How much comes from a primary is not always known before it ends: as much as it takes in memory, perhaps.
  const isKnown = Number.isFinite(total);
  const expected = isKnown ? total : usedMemory;
  const share = expected === 0 ? 0 : Math.min((100 * loaded) / expected, isKnown ? 100 : 99.99);
  const left = isKnown ? expected - loaded : Math.max(1, expected - loaded);
  const seconds = Math.floor((clock.now() - startedAt) / 1000);
  return [
    ['loading_start_time', Math.floor(startedAt / 1000)],
    ['loading_total_bytes', isKnown ? total : 0],
    ['loading_rdb_used_mem', usedMemory],
    ['loading_loaded_bytes', loaded],
    ['loading_loaded_perc', share.toFixed(2)],
    ['loading_eta_seconds', seconds === 0 ? 1 : Math.floor((seconds * left) / (loaded + 1))],
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
    ['aof_last_write_status', file.appender.failure === undefined ? 'ok' : 'err'],
    ['aof_last_cow_size', 0],
  ];
}

function sizeFields({ appendOnlyFile: file, stats }: Server): InfoFields {
  return [
    ['aof_current_size', file.size],
    ['aof_base_size', file.baseSize],
    ['aof_pending_rewrite', 0],
    ['aof_buffer_length', file.appender.bufferLength],
    ['aof_pending_bio_fsync', file.appender.increment?.isSyncing ? 1 : 0],
    ['aof_delayed_fsync', stats.delayedFsyncs],
  ];
}

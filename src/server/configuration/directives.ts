import { defaultSettings, EVICTION_POLICIES } from '../settings.js';
import {
  choice,
  type Directives,
  fileName,
  INT,
  LONG,
  label,
  MEBIBYTE,
  number,
  PORT,
  POSITIVE,
  SIGNED,
  seconds,
  size,
  special,
  string,
  toggle,
} from './directive.js';
import { defragmentation, hostName, titleTemplate } from './special-values.js';
import { clamped, folder, integer, memory, memoryOrPercent, octal } from './value-types.js';
import {
  addresses,
  notifyEvents,
  oomScores,
  outputLimits,
  percentiles,
  primaryAddress,
  savePoints,
  shutdownOptions,
} from './word-lists.js';

/**
 * Every directive of Redis 7.0's redis.conf, under the names and with the defaults that CONFIG GET tells there.
 * Two defaults differ: `bind` is loopback only, and the values of directives with a `setting` come from
 * settings.ts. Directives of what this server does not do (persistence, replication, cluster, threads) are
 * known so that configuration files load and clients can ask.
 */
const immutable = { immutable: true } as const;
/** Where the server listens, and as whom. */
const listens = { listens: true } as const;
const defaults = defaultSettings();

const network: Directives = [
  special('bind', addresses, '127.0.0.1 -::1', { ...listens, ownDefault: true }),
  string('bind-source-addr'),
  number('port', 6379, PORT, listens),
  number('tcp-backlog', defaults.tcpBacklog, INT, { ...immutable, setting: 'tcpBacklog' }),
  seconds('tcp-keepalive', 300, { setting: 'tcpKeepalive' }),
  seconds('timeout', 0, { setting: 'idleTimeout' }),
  string('unixsocket', immutable),
  special('unixsocketperm', octal, 0, immutable),
  number('socket-mark-id', 0, [0n, 2n ** 32n - 1n], immutable),
  toggle('protected-mode', defaults.protectedMode, { setting: 'protectedMode' }),
  number('maxclients', defaults.maxClients, [1n, 2n ** 32n - 1n], { setting: 'maxClients' }),
  size('proto-max-bulk-len', defaults.maxBulk, { setting: 'maxBulk' }, [MEBIBYTE, LONG[1]]),
  size('client-query-buffer-limit', defaults.queryLimit, { setting: 'queryLimit' }, [MEBIBYTE, LONG[1]]),
  special('client-output-buffer-limit', outputLimits, defaults.outputLimits, { setting: 'outputLimits' }),
  special('maxmemory-clients', memoryOrPercent, 0, { setting: 'maxMemoryClients' }),
];

const tls: Directives = [
  number('tls-port', 0, PORT, listens),
  choice('tls-auth-clients', 'yes', ['no', 'yes', 'optional'], listens),
  string('tls-ca-cert-dir', listens),
  string('tls-ca-cert-file', listens),
  string('tls-cert-file', listens),
  string('tls-key-file', listens),
  string('tls-key-file-pass', { ...listens, secret: true }),
  string('tls-client-cert-file'),
  string('tls-client-key-file'),
  string('tls-client-key-file-pass', { secret: true }),
  string('tls-dh-params-file', listens),
  string('tls-ciphers', listens),
  string('tls-ciphersuites', listens),
  string('tls-protocols', listens),
  toggle('tls-prefer-server-ciphers', false, listens),
  toggle('tls-session-caching', true),
  number('tls-session-cache-size', 20_480, INT),
  number('tls-session-cache-timeout', 300, INT),
  toggle('tls-cluster', false, { needs: 'TLS between nodes' }),
  toggle('tls-replication', false),
];

const process_: Directives = [
  toggle('daemonize', false, { ...immutable, needs: 'running in the background' }),
  choice('supervised', 'no', ['upstart', 'systemd', 'auto', 'no'], immutable),
  string('pidfile', immutable),
  label('logfile', '', immutable),
  choice('loglevel', 'notice', ['debug', 'verbose', 'notice', 'warning']),
  toggle('syslog-enabled', false, { ...immutable, needs: 'logging to syslog' }),
  label('syslog-ident', 'redis', immutable),
  choice('syslog-facility', 'local0', ['user', ...Array.from({ length: 8 }, (_, i) => `local${i}`)], immutable),
  toggle('crash-log-enabled', true),
  toggle('crash-memcheck-enabled', true),
  toggle('always-show-logo', false, immutable),
  toggle('set-proc-title', true, immutable),
  special('proc-title-template', titleTemplate, '{title} {listen-addr} {server-mode}'),
  label('ignore-warnings', ''),
  special('shutdown-on-sigint', shutdownOptions, 'default'),
  special('shutdown-on-sigterm', shutdownOptions, 'default'),
  number('shutdown-timeout', 10, INT),
  special('hz', clamped(integer(...INT), 1, 500), 10),
  toggle('dynamic-hz', true),
  number('io-threads', 1, [1n, 128n], immutable),
  toggle('io-threads-do-reads', false, immutable),
  string('server_cpulist', immutable),
  string('bio_cpulist', immutable),
  string('aof_rewrite_cpulist', immutable),
  string('bgsave_cpulist', immutable),
  choice('oom-score-adj', 'no', ['no', 'yes', 'relative', 'absolute']),
  special('oom-score-adj-values', oomScores, '0 200 800'),
  toggle('disable-thp', true, immutable),
  toggle('jemalloc-bg-thread', true),
  special('activedefrag', defragmentation, false),
  number('active-defrag-cycle-min', 1, [1n, 99n]),
  number('active-defrag-cycle-max', 25, [1n, 99n]),
  number('active-defrag-threshold-lower', 10, [0n, 1000n]),
  number('active-defrag-threshold-upper', 100, [0n, 1000n]),
  number('active-defrag-max-scan-fields', 1000, [1n, LONG[1]]),
  size('active-defrag-ignore-bytes', 104_857_600, {}, [1n, LONG[1]]),
];

const access: Directives = [
  string('requirepass', { setting: 'password', secret: true }),
  label('aclfile', '', immutable),
  number('acllog-max-len', defaults.aclLogLength, LONG, { setting: 'aclLogLength' }),
  choice('acl-pubsub-default', defaults.aclPubsubDefault, ['allchannels', 'resetchannels'], {
    setting: 'aclPubsubDefault',
  }),
  choice('enable-debug-command', 'no', ['no', 'yes', 'local'], { ...immutable, setting: 'enableDebug' }),
  choice('enable-module-command', 'no', ['no', 'yes', 'local'], { ...immutable, setting: 'enableModule' }),
  choice('enable-protected-configs', 'no', ['no', 'yes', 'local'], {
    ...immutable,
    setting: 'enableProtectedConfigs',
  }),
];

const keyspace: Directives = [
  number('databases', defaults.databases, POSITIVE, { ...immutable, setting: 'databases' }),
  size('maxmemory', 0, { setting: 'maxMemory' }),
  choice('maxmemory-policy', defaults.maxMemoryPolicy, EVICTION_POLICIES, { setting: 'maxMemoryPolicy' }),
  number('maxmemory-samples', defaults.maxMemorySamples, POSITIVE, { setting: 'maxMemorySamples' }),
  number('maxmemory-eviction-tenacity', defaults.evictionTenacity, [0n, 100n], { setting: 'evictionTenacity' }),
  number('lfu-log-factor', defaults.lfuLogFactor, INT, { setting: 'lfuLogFactor' }),
  number('lfu-decay-time', defaults.lfuDecayTime, INT, { setting: 'lfuDecayTime' }),
  number('active-expire-effort', 1, [1n, 10n]),
  toggle('activerehashing', defaults.activeRehashing, { setting: 'activeRehashing' }),
  toggle('lazyfree-lazy-eviction', defaults.lazyEviction, { setting: 'lazyEviction' }),
  toggle('lazyfree-lazy-expire', defaults.lazyExpire, { setting: 'lazyExpire' }),
  toggle('lazyfree-lazy-server-del', defaults.lazyServerDel, { setting: 'lazyServerDel' }),
  toggle('lazyfree-lazy-user-del', defaults.lazyUserDel, { setting: 'lazyUserDel' }),
  toggle('lazyfree-lazy-user-flush', defaults.lazyUserFlush, { setting: 'lazyUserFlush' }),
  special('notify-keyspace-events', notifyEvents, 0, { setting: 'notifyFlags' }),
  number('tracking-table-max-keys', defaults.trackingTableMaxKeys, LONG, { setting: 'trackingTableMaxKeys' }),
  number('list-max-listpack-size', defaults.listMaxListpackSize, SIGNED, {
    alias: 'list-max-ziplist-size',
    setting: 'listMaxListpackSize',
  }),
  number('list-compress-depth', 0, INT, { setting: 'listCompressDepth' }),
  number('hash-max-listpack-entries', defaults.hashMaxListpackEntries, LONG, {
    alias: 'hash-max-ziplist-entries',
    setting: 'hashMaxListpackEntries',
  }),
  size(
    'hash-max-listpack-value',
    defaults.hashMaxListpackValue,
    { alias: 'hash-max-ziplist-value', setting: 'hashMaxListpackValue' },
    LONG,
  ),
  number('set-max-intset-entries', defaults.setMaxIntsetEntries, LONG, { setting: 'setMaxIntsetEntries' }),
  number('zset-max-listpack-entries', defaults.zsetMaxListpackEntries, LONG, {
    alias: 'zset-max-ziplist-entries',
    setting: 'zsetMaxListpackEntries',
  }),
  size(
    'zset-max-listpack-value',
    defaults.zsetMaxListpackValue,
    { alias: 'zset-max-ziplist-value', setting: 'zsetMaxListpackValue' },
    LONG,
  ),
  size('hll-sparse-max-bytes', defaults.hllSparseMaxBytes, { setting: 'hllSparseMaxBytes' }, LONG),
  size('stream-node-max-bytes', defaults.streamNodeMaxBytes, { setting: 'streamNodeMaxBytes' }, LONG),
  number('stream-node-max-entries', defaults.streamNodeMaxEntries, LONG, { setting: 'streamNodeMaxEntries' }),
];

const observation: Directives = [
  number('slowlog-log-slower-than', defaults.slowlogThreshold, [-1n, LONG[1]], { setting: 'slowlogThreshold' }),
  number('slowlog-max-len', defaults.slowlogLength, LONG, { setting: 'slowlogLength' }),
  number('latency-monitor-threshold', 0, LONG, { setting: 'latencyThreshold' }),
  toggle('latency-tracking', true, { setting: 'latencyTracking' }),
  special('latency-tracking-info-percentiles', percentiles, '50 99 99.9'),
  number('busy-reply-threshold', defaults.scriptLimit, LONG, { alias: 'lua-time-limit', setting: 'scriptLimit' }),
];

const persistence: Directives = [
  special('dir', folder, '', { protected: true }),
  fileName('dbfilename', 'dump.rdb', { protected: true, mayBeEmpty: true }),
  special('save', savePoints, '3600 1 300 100 60 10000'),
  toggle('rdbcompression', defaults.rdbCompression, { setting: 'rdbCompression' }),
  toggle('rdbchecksum', defaults.rdbChecksum, { ...immutable, setting: 'rdbChecksum' }),
  toggle('rdb-save-incremental-fsync', true),
  toggle('rdb-del-sync-files', false),
  toggle('stop-writes-on-bgsave-error', defaults.stopWritesOnSaveError, { setting: 'stopWritesOnSaveError' }),
  choice('sanitize-dump-payload', 'no', ['no', 'yes', 'clients']),
  toggle('appendonly', false),
  fileName('appendfilename', 'appendonly.aof', immutable),
  fileName('appenddirname', 'appendonlydir', { ...immutable, what: 'dirname' }),
  choice('appendfsync', 'everysec', ['everysec', 'always', 'no'], { setting: 'appendFsync' }),
  toggle('no-appendfsync-on-rewrite', false, { setting: 'noFsyncOnRewrite' }),
  number('auto-aof-rewrite-percentage', 100, INT, { setting: 'aofRewritePercentage' }),
  size('auto-aof-rewrite-min-size', 67_108_864, { setting: 'aofRewriteMinSize' }, LONG),
  toggle('aof-load-truncated', true),
  toggle('aof-use-rdb-preamble', true),
  toggle('aof-rewrite-incremental-fsync', true),
  toggle('aof-timestamp-enabled', false, { setting: 'aofTimestamps' }),
  toggle('aof-disable-auto-gc', false),
  choice('propagation-error-behavior', 'ignore', ['ignore', 'panic', 'panic-on-replicas']),
];

const replication: Directives = [
  special('replicaof', primaryAddress, '', { ...immutable, alias: 'slaveof', setting: 'primary' }),
  string('masterauth', { secret: true }),
  string('masteruser'),
  toggle('replica-serve-stale-data', true, { alias: 'slave-serve-stale-data', setting: 'serveStaleData' }),
  toggle('replica-read-only', true, { alias: 'slave-read-only', setting: 'replicaReadOnly' }),
  toggle('replica-lazy-flush', false, { alias: 'slave-lazy-flush' }),
  toggle('replica-ignore-maxmemory', true, {
    alias: 'slave-ignore-maxmemory',
    setting: 'replicaIgnoresMaxMemory',
  }),
  toggle('replica-ignore-disk-write-errors', false),
  toggle('replica-announced', true),
  string('replica-announce-ip', { alias: 'slave-announce-ip' }),
  number('replica-announce-port', 0, PORT, { alias: 'slave-announce-port' }),
  number('replica-priority', 100, INT, { alias: 'slave-priority' }),
  number('min-replicas-to-write', 0, INT, { alias: 'min-slaves-to-write', setting: 'minReplicas' }),
  number('min-replicas-max-lag', 10, INT, { alias: 'min-slaves-max-lag', setting: 'minReplicasMaxLag' }),
  number('repl-ping-replica-period', 10, POSITIVE, { alias: 'repl-ping-slave-period', setting: 'replicaPingPeriod' }),
  number('repl-timeout', 60, POSITIVE, { setting: 'replicationTimeout' }),
  toggle('repl-disable-tcp-nodelay', false),
  special('repl-backlog-size', clamped(memory(1n, LONG[1]), 16_384), 1_048_576, { setting: 'backlogSize' }),
  number('repl-backlog-ttl', 3600, LONG, { setting: 'backlogTtl' }),
  toggle('repl-diskless-sync', true, { setting: 'disklessSync' }),
  number('repl-diskless-sync-delay', 5, INT, { setting: 'disklessSyncDelay' }),
  number('repl-diskless-sync-max-replicas', 0, INT, { setting: 'disklessSyncMaxReplicas' }),
  choice('repl-diskless-load', 'disabled', ['disabled', 'on-empty-db', 'swapdb']),
];

const cluster: Directives = [
  toggle('cluster-enabled', false, immutable),
  label('cluster-config-file', 'nodes.conf', immutable),
  number('cluster-port', 0, PORT, immutable),
  number('cluster-node-timeout', 15_000, LONG),
  string('cluster-announce-ip'),
  special('cluster-announce-hostname', hostName, ''),
  number('cluster-announce-port', 0, PORT),
  number('cluster-announce-tls-port', 0, PORT),
  number('cluster-announce-bus-port', 0, PORT),
  choice('cluster-preferred-endpoint-type', 'ip', ['ip', 'hostname', 'unknown-endpoint']),
  size('cluster-link-sendbuf-limit', 0),
  number('cluster-migration-barrier', 1, INT),
  number('cluster-replica-validity-factor', 10, INT, { alias: 'cluster-slave-validity-factor' }),
  toggle('cluster-replica-no-failover', false, { alias: 'cluster-slave-no-failover' }),
  toggle('cluster-allow-replica-migration', true),
  toggle('cluster-allow-reads-when-down', false),
  toggle('cluster-allow-pubsubshard-when-down', true),
  toggle('cluster-require-full-coverage', true),
];

const hidden: Directives = [
  number('key-load-delay', 0, SIGNED, { hidden: true, setting: 'keyLoadDelay' }),
  number('rdb-key-save-delay', 0, SIGNED, { hidden: true, setting: 'keySaveDelay' }),
  number('watchdog-period', 0, INT, { hidden: true }),
  number('loading-process-events-interval-bytes', 2_097_152, [1024n, INT[1]], { hidden: true }),
  toggle('use-exit-on-panic', false, { hidden: true }),
];

export const directives: Directives = [
  ...network,
  ...tls,
  ...process_,
  ...access,
  ...keyspace,
  ...observation,
  ...persistence,
  ...replication,
  ...cluster,
  ...hidden,
];

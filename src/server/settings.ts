/**
 * What the running server goes by. The directives of redis.conf are read into it (configuration/); code reads
 * it directly.
 */
export interface Settings {
  databases: number;
  /** `requirepass`; empty: none. */
  password: string;
  /** `acl-pubsub-default`: what new users may listen to. */
  aclPubsubDefault: 'allchannels' | 'resetchannels';
  aclLogLength: number;
  maxClients: number;
  /** `proto-max-bulk-len` in bytes. */
  maxBulk: number;
  /** `client-output-buffer-limit`: bytes of replies a client may leave unread before it is disconnected. */
  outputLimits: OutputLimits;
  /** What a client of a class without a limit may leave unread: memory stays bounded whatever is configured. */
  outputLimit: number;
  /** `client-query-buffer-limit`: bytes of commands that wait to be read whole. */
  queryLimit: number;
  /** `maxmemory-clients`: bytes that all clients may take; negative: a percentage of `maxMemory`. */
  maxMemoryClients: number;
  /** Milliseconds without a command until a client is disconnected; 0: never. */
  idleTimeout: number;
  tcpKeepalive: number;
  tcpBacklog: number;
  /** Milliseconds a script may run undisturbed; 0: no limit. */
  scriptLimit: number;
  /** Milliseconds for which a client's script may go on after that, others being told that the server is busy. */
  scriptOverrun: number;
  /** DEBUG SET-ACTIVE-EXPIRE. */
  activeExpire: boolean;
  protectedMode: boolean;
  enableDebug: Protection;
  enableModule: Protection;
  enableProtectedConfigs: Protection;
  listMaxListpackSize: number;
  listCompressDepth: number;
  /** Bytes from which on an element is saved as a list node of its own (DEBUG QUICKLIST-PACKED-THRESHOLD). */
  listPackedThreshold: number;
  hashMaxListpackEntries: number;
  hashMaxListpackValue: number;
  setMaxIntsetEntries: number;
  zsetMaxListpackEntries: number;
  zsetMaxListpackValue: number;
  /** Bytes of a sparse HyperLogLog, from which on it becomes dense. */
  hllSparseMaxBytes: number;
  streamNodeMaxBytes: number;
  streamNodeMaxEntries: number;
  /** Classes and channels of keyspace notifications, as bits of NOTIFY. */
  notifyFlags: number;
  /** Microseconds from which a command goes into the slow log; negative: none does. */
  slowlogThreshold: number;
  slowlogLength: number;
  rdbCompression: boolean;
  rdbChecksum: boolean;
  /** Microseconds to wait for each key that is loaded at the start, and for each that is written in the background. */
  keyLoadDelay: number;
  keySaveDelay: number;
  /** Writes are refused while the last background save has failed. */
  stopWritesOnSaveError: boolean;
  /** Bytes; 0: no limit. */
  maxMemory: number;
  /** Keys remembered for clients that track; 0: no limit. */
  trackingTableMaxKeys: number;
  /** Keep a histogram of how long each command takes. */
  latencyTracking: boolean;
  /** `latency-monitor-threshold`: milliseconds from which an event is kept; 0: none is. */
  latencyThreshold: number;
  /** When the append-only file is synced to disk. */
  appendFsync: 'always' | 'everysec' | 'no';
  /** Not while it is being rewritten. */
  noFsyncOnRewrite: boolean;
  /** Per cent by which it has to grow to be rewritten (0: never), and the bytes it has to have. */
  aofRewritePercentage: number;
  aofRewriteMinSize: number;
  aofTimestamps: boolean;
  /** `replicaof`: host and port of the primary this server follows; empty: none. */
  primary: string;
  replicaReadOnly: boolean;
  /** A replica whose link is down answers from what it has. */
  serveStaleData: boolean;
  replicaIgnoresMaxMemory: boolean;
  /** Replicas that have to keep up for writes to be accepted; 0: none. */
  minReplicas: number;
  /** Seconds within which a replica that keeps up was heard of. */
  minReplicasMaxLag: number;
  /** Seconds between two PINGs to replicas. */
  replicaPingPeriod: number;
  /** Seconds of silence until a replica counts as gone. */
  replicationTimeout: number;
  /** Bytes of the stream kept for replicas that come back. */
  backlogSize: number;
  /** Seconds for which they are kept without any replica; 0: for ever. */
  backlogTtl: number;
  /** Snapshots go to replicas as they are made, after as many seconds for others to join. */
  disklessSync: boolean;
  disklessSyncDelay: number;
  /** So many waiting replicas end the delay; 0: none do. */
  disklessSyncMaxReplicas: number;
  maxMemoryPolicy: EvictionPolicy;
  maxMemorySamples: number;
  /** 0 to 100: how long a command may be kept waiting by evictions. */
  evictionTenacity: number;
  lfuLogFactor: number;
  /** Minutes after which an unused key's counter falls by one; 0: never. */
  lfuDecayTime: number;
  /** `lazyfree-lazy-*`: which removals count as done in the background, and are told of as UNLINK. */
  lazyEviction: boolean;
  lazyExpire: boolean;
  lazyServerDel: boolean;
  lazyUserDel: boolean;
  lazyUserFlush: boolean;
  activeRehashing: boolean;
}

export const EVICTION_POLICIES = [
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
  'noeviction',
] as const;
export type EvictionPolicy = (typeof EVICTION_POLICIES)[number];

/** Who may do something that gives power over the machine; local: clients of this machine. */
export type Protection = 'no' | 'yes' | 'local';

/** By client class; hard and soft in bytes, 0 none; the soft limit holds after `seconds` above it. */
export type OutputLimits = { [K in 'normal' | 'slave' | 'pubsub']?: OutputLimit };

export interface OutputLimit {
  readonly hard: number;
  readonly soft: number;
  readonly seconds: number;
}

/** Redis 7.0's defaults. */
export function defaultSettings(): Settings {
  return {
    databases: 16,
    password: '',
    aclPubsubDefault: 'resetchannels',
    aclLogLength: 128,
    maxClients: 10_000,
    maxBulk: 512 * 1024 * 1024,
    outputLimits: {
      normal: { hard: 0, soft: 0, seconds: 0 },
      slave: { hard: 268_435_456, soft: 67_108_864, seconds: 60 },
      pubsub: { hard: 33_554_432, soft: 8_388_608, seconds: 60 },
    },
    outputLimit: 256 * 1024 * 1024,
    queryLimit: 1024 * 1024 * 1024,
    maxMemoryClients: 0,
    idleTimeout: 0,
    tcpKeepalive: 300_000,
    tcpBacklog: 511,
    scriptLimit: 5_000,
    scriptOverrun: 60_000,
    activeExpire: true,
    protectedMode: true,
    enableDebug: 'no',
    enableModule: 'no',
    enableProtectedConfigs: 'no',
    listMaxListpackSize: -2,
    listCompressDepth: 0,
    listPackedThreshold: 2 ** 30,
    hashMaxListpackEntries: 512,
    hashMaxListpackValue: 64,
    setMaxIntsetEntries: 512,
    zsetMaxListpackEntries: 128,
    zsetMaxListpackValue: 64,
    hllSparseMaxBytes: 3000,
    streamNodeMaxBytes: 4096,
    streamNodeMaxEntries: 100,
    notifyFlags: 0,
    slowlogThreshold: 10_000,
    slowlogLength: 128,
    rdbCompression: true,
    rdbChecksum: true,
    keyLoadDelay: 0,
    keySaveDelay: 0,
    stopWritesOnSaveError: true,
    maxMemory: 0,
    maxMemoryPolicy: 'noeviction',
    trackingTableMaxKeys: 1_000_000,
    latencyTracking: true,
    latencyThreshold: 0,
    appendFsync: 'everysec',
    noFsyncOnRewrite: false,
    aofRewritePercentage: 100,
    aofRewriteMinSize: 67_108_864,
    aofTimestamps: false,
    primary: '',
    replicaReadOnly: true,
    serveStaleData: true,
    replicaIgnoresMaxMemory: true,
    minReplicas: 0,
    minReplicasMaxLag: 10,
    replicaPingPeriod: 10,
    replicationTimeout: 60,
    backlogSize: 1_048_576,
    backlogTtl: 3600,
    disklessSync: true,
    disklessSyncDelay: 5,
    disklessSyncMaxReplicas: 0,
    maxMemorySamples: 5,
    evictionTenacity: 10,
    lfuLogFactor: 10,
    lfuDecayTime: 1,
    lazyEviction: false,
    lazyExpire: false,
    lazyServerDel: false,
    lazyUserDel: false,
    lazyUserFlush: false,
    activeRehashing: true,
  };
}

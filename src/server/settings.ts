/**
 * What the running server goes by. The directives of redis.conf are read into it; code reads it directly.
 */
export interface Settings {
  databases: number;
  /** `requirepass`; empty: none. */
  password: string;
  maxClients: number;
  /** `proto-max-bulk-len` in bytes. */
  maxBulk: number;
  /** Bytes of replies a client may leave unread before it is disconnected. */
  outputLimit: number;
  /** Milliseconds without a command until a client is disconnected; 0: never. */
  idleTimeout: number;
  tcpKeepalive: number;
  /** Milliseconds a script may run. */
  scriptLimit: number;
  /** DEBUG SET-ACTIVE-EXPIRE. */
  activeExpire: boolean;
  protectedMode: boolean;
  enableDebug: boolean;
  listMaxListpackSize: number;
  listCompressDepth: number;
  hashMaxListpackEntries: number;
  hashMaxListpackValue: number;
  setMaxIntsetEntries: number;
  zsetMaxListpackEntries: number;
  zsetMaxListpackValue: number;
}

/** Redis 7.0's defaults. */
export function defaultSettings(): Settings {
  return {
    databases: 16,
    password: '',
    maxClients: 10_000,
    maxBulk: 512 * 1024 * 1024,
    outputLimit: 256 * 1024 * 1024,
    idleTimeout: 0,
    tcpKeepalive: 300_000,
    scriptLimit: 5_000,
    activeExpire: true,
    protectedMode: true,
    enableDebug: false,
    listMaxListpackSize: -2,
    listCompressDepth: 0,
    hashMaxListpackEntries: 128,
    hashMaxListpackValue: 64,
    setMaxIntsetEntries: 512,
    zsetMaxListpackEntries: 128,
    zsetMaxListpackValue: 64,
  };
}

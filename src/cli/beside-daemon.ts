/**
 * The stores of a command that may run beside the daemon: an embedded store whose folder the daemon has is asked
 * where it listens. One that does not listen cannot be asked meanwhile.
 */
import type {
  Config,
  EmbeddedStoreConfig,
  Endpoint,
  LinkedStoreConfig,
  RedisStoreConfig,
  StoreConfig,
} from '../config/model.js';
import { folderHolder } from '../server/persistence/folder-lock.js';
import { isLink } from '../stores/shards.js';

export async function besideDaemon(config: Config): Promise<Config> {
  const entries = [...config.stores].map(
    async ([id, store]) => [id, isLink(store) ? await whereItRuns(store) : store] as const,
  );
  return { ...config, stores: new Map(await Promise.all(entries)) };
}

/** The process that has the store's folder open. */
export async function holderOf(store: StoreConfig): Promise<string | undefined> {
  if (store.type !== 'embedded' || store.files === undefined) return undefined;
  return await folderHolder(store.files.path);
}

/** Where others reach it. */
export function addressOf({ listen }: EmbeddedStoreConfig): Endpoint | undefined {
  return listen.find((endpoint) => 'path' in endpoint || endpoint.port > 0);
}

/** The store itself, or the daemon's where that has its folder. */
export async function whereItRuns(store: LinkedStoreConfig): Promise<LinkedStoreConfig> {
  if (store.type !== 'embedded') return store;
  const endpoint = addressOf(store);
  if (endpoint === undefined || (await holderOf(store)) === undefined) return store;
  return asRedis(store, endpoint);
}

function asRedis(store: EmbeddedStoreConfig, endpoint: Endpoint): RedisStoreConfig {
  const { id, timeout, deadline, retry, breaker, keyPrefix, password } = store;
  return {
    ...{ id, timeout, deadline, retry, breaker, keyPrefix, password },
    type: 'redis',
    redisType: 'single',
    endpoints: [endpoint],
    user: undefined,
    database: 0,
    tls: undefined,
    connectTimeout: timeout,
    lazyConnect: false,
    shutdownOnError: true,
    keepalive: 0,
    protocolVersion: 'auto',
    readFromReplicas: false,
  };
}

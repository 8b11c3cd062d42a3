import type { EmbeddedStoreConfig, RedisStoreConfig } from '../config/model.js';
import { openConfigured, type StoreDependencies } from './factory.js';
import type { LookupStore } from './store.js';

/** Until the process that has it accepts, in milliseconds. */
const CONNECT_TIMEOUT = 5_000;

/** An embedded store of another process of ours, which listens for us at a unix socket. */
export function openHosted(
  config: EmbeddedStoreConfig,
  path: string,
  dependencies: StoreDependencies,
): Promise<LookupStore> {
  const { id, timeout, deadline, retry, breaker, keyPrefix, password } = config;
  const redis: RedisStoreConfig = {
    ...{ id, timeout, deadline, retry, breaker, keyPrefix },
    type: 'redis',
    redisType: 'single',
    endpoints: [{ path, name: 'embedded' }],
    user: undefined,
    password,
    database: 0,
    tls: undefined,
    connectTimeout: CONNECT_TIMEOUT,
    lazyConnect: false,
    shutdownOnError: true,
    keepalive: 0,
    protocolVersion: 'resp3',
    readFromReplicas: false,
  };
  return openConfigured(redis, dependencies);
}

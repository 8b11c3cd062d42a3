import type { RedisStoreConfig } from '../../src/config/model.js';
import { type Clock, systemClock } from '../../src/core/clock.js';
import { seededRandom } from '../../src/core/random.js';
import type { Link } from '../../src/links/link.js';
import { createLink } from '../../src/links/registry.js';

/** A store's configuration with its defaults, as the link sees it. */
export function linkConfig(overrides: Partial<RedisStoreConfig>): RedisStoreConfig {
  return {
    type: 'redis',
    redisType: 'single',
    id: 'test',
    endpoints: [],
    timeout: 10_000,
    deadline: undefined,
    retry: { total: 3, minWait: 50, maxWait: 1000 },
    breaker: { failures: 5, openFor: 2000 },
    keyPrefix: '',
    user: undefined,
    password: undefined,
    database: 0,
    tls: undefined,
    connectTimeout: 5000,
    lazyConnect: false,
    shutdownOnError: false,
    keepalive: 10_000,
    protocolVersion: 'auto',
    readFromReplicas: false,
    ...overrides,
  };
}

export function testLink(overrides: Partial<RedisStoreConfig>, clock: Clock = systemClock): Link {
  return createLink(linkConfig(overrides), { clock, random: seededRandom(1) });
}

export function loopback(port: number): { host: string; port: number } {
  return { host: '127.0.0.1', port };
}

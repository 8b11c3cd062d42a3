import type { RedisStoreConfig } from '../config/model.js';
import type { Clock } from '../core/clock.js';
import type { Random } from '../core/random.js';
import { AutoLink } from './auto.js';
import { ClusterLink } from './cluster.js';
import { FailoverLink } from './failover.js';
import type { Link } from './link.js';
import { SentinelLink } from './sentinel.js';
import { SingleLink } from './single.js';
import type { LinkContext, LinkLog } from './wire/target.js';

export type { LinkLog } from './wire/target.js';

type CreateLink = (config: RedisStoreConfig, context: LinkContext) => Link;

/** Every way to reach a Redis, by `redis-type`. */
export const linkRegistry: Readonly<Record<RedisStoreConfig['redisType'], CreateLink>> = {
  single: (config, context) => new SingleLink(config, context),
  failover: (config, context) => new FailoverLink(config, context),
  sentinel: (config, context) => new SentinelLink(config, context),
  cluster: (config, context) => new ClusterLink(config, context),
  auto: (config, context) => new AutoLink(config, context, (found) => linkRegistry[found.redisType](found, context)),
};

export interface LinkDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: LinkLog | undefined;
}

/** The link to a store, not connected yet: it connects at `open` or with the first command. */
export function createLink(config: RedisStoreConfig, { clock, random, log }: LinkDependencies): Link {
  const { timeout, connectTimeout } = config;
  const told = log && namingStore(log, config.id);
  return linkRegistry[config.redisType](config, { clock, random, log: told, timeout, connectTimeout });
}

function namingStore(log: LinkLog, store: string): LinkLog {
  return {
    info: (details, message) => log.info({ store, ...details }, message),
    warn: (details, message) => log.warn({ store, ...details }, message),
  };
}

import { RateLimiterRedis } from 'rate-limiter-flexible';
// biome-ignore lint/correctness/noUnresolvedImports: resolved by "main" of its package.json
import Redlock from 'redlock';
import type { Scenario } from '../measure.js';
import { contestant, ioredis, keyOf } from '../peers.js';
import { openBenchStore, single } from '../stores.js';

const LIMIT = 1_000_000_000;

export const limitScenarios: readonly Scenario[] = [
  {
    name: 'rate limit, fixed window',
    inFlight: 500,
    atLeast: 1.2,
    open: async ({ redisPort }) => {
      const store = await openBenchStore(single(redisPort));
      const redis = ioredis(redisPort, false);
      const limiter = new RateLimiterRedis({ storeClient: redis, points: LIMIT, duration: 3600 });
      const rate = { requests: LIMIT, period: 3_600_000 };
      return {
        ours: await contestant(
          'lookupd',
          (i) => store.rateLimit(`rate:${keyOf(i)}`, rate),
          () => store.close(),
          (answer) => (answer as { allowed: boolean }).allowed,
        ),
        peer: await contestant(
          'rate-limiter-flexible',
          (i) => limiter.consume(keyOf(i)),
          () => redis.quit(),
          (answer) => (answer as { remainingPoints: number }).remainingPoints > 0,
        ),
      };
    },
  },
  {
    name: 'lock and unlock',
    inFlight: 500,
    atLeast: 1.3,
    open: async ({ redisPort }) => {
      const store = await openBenchStore(single(redisPort));
      const redis = ioredis(redisPort, false);
      const redlock = new Redlock([redis], { retryCount: 0 });
      return {
        ours: await contestant(
          'lookupd',
          async (i) => {
            const lock = await store.tryLock(`lock:${keyOf(i)}`, 30_000);
            return await lock!.unlock();
          },
          () => store.close(),
          (answer) => answer === true,
        ),
        peer: await contestant(
          'redlock',
          async (i) => {
            const lock = await redlock.lock(`redlock:${keyOf(i)}`, 30_000);
            await lock.unlock();
            return true;
          },
          () => redis.quit(),
          (answer) => answer === true,
        ),
      };
    },
  },
];

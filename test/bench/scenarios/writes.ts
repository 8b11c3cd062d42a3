import type { Redis } from 'ioredis';
import type { LookupStore } from '../../../src/stores/store.js';
import type { Scenario } from '../measure.js';
import { contestant, ioredis, keyOf, VALUE } from '../peers.js';
import { openBenchStore, single } from '../stores.js';

function write(
  name: string,
  ours: (store: LookupStore, key: string) => Promise<unknown>,
  theirs: (redis: Redis, key: string) => Promise<unknown>,
  isRight: (answer: unknown) => boolean,
): Scenario {
  return {
    name,
    inFlight: 500,
    atLeast: 0.9,
    open: async ({ redisPort }) => {
      const store = await openBenchStore(single(redisPort));
      const redis = ioredis(redisPort, true);
      return {
        ours: await contestant(
          'lookupd',
          (i) => ours(store, `${name}:${keyOf(i)}`),
          () => store.close(),
          isRight,
        ),
        peer: await contestant(
          'ioredis, autopipelining',
          (i) => theirs(redis, `${name}:${keyOf(i)}`),
          () => redis.quit(),
          isRight,
        ),
      };
    },
  };
}

export const writeScenarios: readonly Scenario[] = [
  write(
    'set',
    (store, key) => store.set(key, VALUE),
    (redis, key) => redis.set(key, VALUE),
    (answer) => answer === true || answer === 'OK',
  ),
  write(
    'increment',
    (store, key) => store.increment(key),
    (redis, key) => redis.incr(key),
    (answer) => Number(answer) > 0,
  ),
];

import { describe, expect, it } from 'vitest';
import { type StoreOptions, storeConfigOf } from '../../../src/stores/options.js';

/** The options are typed from the declarations: the compiler refuses what the reader would. */

const right: readonly StoreOptions[] = [
  { type: 'redis', url: 'redis://127.0.0.1', retry: { maxWait: '1s', total: 3 }, lazyConnect: true },
  { type: 'redis', 'redis-type': 'cluster', urls: ['redis://127.0.0.1'], 'read-from-replicas': true },
  { type: 'redis', url: 'rediss://127.0.0.1', tls: { serverName: 'redis.example' }, protocolVersion: 'resp2' },
  { type: 'embedded', id: 'local', data: { someKey: 'kept as it is' }, timeout: 500 },
];

const wrong: readonly StoreOptions[] = [
  // @ts-expect-error: no such key
  { type: 'redis', url: 'redis://127.0.0.1', urll: 'x' },
  // @ts-expect-error: no such type
  { type: 'rediss', url: 'redis://127.0.0.1' },
  // @ts-expect-error: a URL is text
  { type: 'redis', url: 5 },
  // @ts-expect-error: no such topology
  { type: 'redis', url: 'redis://127.0.0.1', redisType: 'double' },
  // @ts-expect-error: true or false
  { type: 'redis', url: 'redis://127.0.0.1', lazyConnect: 'maybe' },
];

describe('the options of openStore', () => {
  it.each(right)('$type: %j are read', (options) => {
    expect(storeConfigOf(options).type).toBe(options.type);
  });

  it.each(wrong)('%j are refused when they come untyped', (options) => {
    expect(() => storeConfigOf(options)).toThrow();
  });
});

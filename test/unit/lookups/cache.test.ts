import { beforeEach, describe, expect, test } from 'vitest';
import type { MapCacheConfig } from '../../../src/config/model.js';
import { found, notFound, type Outcome, permanent, temporary } from '../../../src/core/outcome.js';
import { LookupCache } from '../../../src/lookups/cache.js';
import { ManualClock } from '../../../src/testing/clock.js';

const CONFIG: MapCacheConfig = { positiveTtl: 30_000, negativeTtl: 5_000, maxEntries: 3, serveStale: 60_000 };
const FAILED = temporary('store is down');

let clock: ManualClock;
let events: string[];
let loads: number;

beforeEach(() => {
  clock = new ManualClock();
  events = [];
  loads = 0;
});

function cacheOf(config: Partial<MapCacheConfig> = {}): LookupCache {
  const count = (event: string) => () => void events.push(event);
  const counting = { hit: count('hit'), miss: count('miss'), coalesced: count('coalesced'), stale: count('stale') };
  return new LookupCache({ ...CONFIG, ...config }, clock, counting);
}

function ask(cache: LookupCache, outcome: Outcome, key = 'key'): Promise<Outcome> {
  return cache.lookup(Buffer.from(key), () => {
    loads++;
    return Promise.resolve(outcome);
  });
}

const yes = found(Buffer.from('yes'));
const no = found(Buffer.from('changed'));

describe('how long an answer is kept', () => {
  test.each([
    ['found', yes, 30_000],
    ['not found', notFound, 5_000],
  ])('%s until its time is over', async (_, outcome, ttl) => {
    const cache = cacheOf();
    await ask(cache, outcome);
    clock.advance(ttl - 1);
    expect(await ask(cache, no)).toEqual(outcome);
    clock.advance(1);
    expect(await ask(cache, no)).toEqual(no);
    expect(loads).toBe(2);
  });

  test.each([
    ['temporary', FAILED],
    ['permanent', permanent('wrong type')],
  ])('%s never', async (_, outcome) => {
    const cache = cacheOf();
    await ask(cache, outcome);
    expect(await ask(cache, yes)).toEqual(yes);
    expect(cache.size).toBe(1);
  });

  test('not found never, when negative-ttl is 0', async () => {
    const cache = cacheOf({ negativeTtl: 0 });
    await ask(cache, notFound);
    expect(await ask(cache, yes)).toEqual(yes);
  });

  test('a key that is gone replaces the old answer even when not-found is not kept', async () => {
    const cache = cacheOf({ negativeTtl: 0 });
    await ask(cache, yes);
    clock.advance(30_000);
    await ask(cache, notFound);
    expect(await ask(cache, FAILED)).toEqual(FAILED);
  });
});

describe('while the store fails', () => {
  test('a found answer is given past its time, for as long as configured', async () => {
    const cache = cacheOf();
    await ask(cache, yes);
    clock.advance(30_000 + 59_999);
    expect(await ask(cache, FAILED)).toEqual(yes);
    expect(events).toEqual(['miss', 'miss', 'stale']);
    clock.advance(1);
    expect(await ask(cache, FAILED)).toEqual(FAILED);
  });

  test('not when serve-stale is off', async () => {
    const cache = cacheOf({ serveStale: 0 });
    await ask(cache, yes);
    clock.advance(30_000);
    expect(await ask(cache, FAILED)).toEqual(FAILED);
  });

  test('never not-found: it may have become wrong', async () => {
    const cache = cacheOf();
    await ask(cache, notFound);
    clock.advance(5_000);
    expect(await ask(cache, FAILED)).toEqual(FAILED);
  });

  test('the first answer of a store that is back counts again', async () => {
    const cache = cacheOf();
    await ask(cache, yes);
    clock.advance(40_000);
    await ask(cache, FAILED);
    expect(await ask(cache, no)).toEqual(no);
  });
});

test('lookups of one key at the same time are one', async () => {
  const cache = cacheOf();
  let answer = (_: Outcome) => {};
  const load = () => {
    loads++;
    return new Promise<Outcome>((resolve) => {
      answer = resolve;
    });
  };
  const waiting = Array.from({ length: 5 }, () => cache.lookup(Buffer.from('key'), load));
  const other = ask(cache, notFound, 'other');
  answer(FAILED);
  expect(await Promise.all(waiting)).toEqual(Array.from({ length: 5 }, () => FAILED));
  expect(await other).toEqual(notFound);
  expect(loads).toBe(2);
  expect(events.filter((event) => event === 'coalesced')).toHaveLength(4);
  await ask(cache, yes);
  expect(loads).toBe(3);
});

describe('how much is kept', () => {
  test('the least recently used answer goes first', async () => {
    const cache = cacheOf();
    for (const key of ['a', 'b', 'c', 'a', 'd']) await ask(cache, yes, key);
    expect(cache.size).toBe(3);
    loads = 0;
    await ask(cache, yes, 'a');
    expect(loads).toBe(0);
    await ask(cache, yes, 'b');
    expect(loads).toBe(1);
  });

  test('neither long keys nor long values', async () => {
    const cache = cacheOf();
    await ask(cache, yes, 'k'.repeat(2_000));
    await ask(cache, found(Buffer.alloc(100_000)), 'big');
    expect(cache.size).toBe(0);
  });

  test('a kept value does not hold the packet it came in', async () => {
    const cache = cacheOf();
    const packet = Buffer.alloc(60_000, 'x');
    await ask(cache, found(packet.subarray(0, 3)));
    packet.fill('y');
    expect(await ask(cache, notFound)).toEqual(found(Buffer.from('xxx')));
  });

  test('keys that differ in bytes only are different keys', async () => {
    const cache = cacheOf();
    const load = (value: string) => () => Promise.resolve(found(Buffer.from(value)));
    await cache.lookup(Buffer.from([0xff]), load('ff'));
    expect(await cache.lookup(Buffer.from([0xfe]), load('fe'))).toEqual(found(Buffer.from('fe')));
  });
});

/**
 * What every store promises, whatever is below. Registered over all backends by store.test.ts; a test names
 * its keys under a prefix of its own, since a backend is shared.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StoreError } from '../../src/core/errors.js';
import type { LookupStore } from '../../src/stores/store.js';
import { callerMistakes } from '../harness/caller-mistakes.js';
import { until } from '../harness/until.js';
import type { Backend, RunningBackend } from './backends.js';

export function storeContract(backend: Backend): void {
  describe.skipIf(!backend.available())(`a store on ${backend.name}`, () => {
    let running: RunningBackend;
    let store: LookupStore;
    let tests = 0;
    /** A key of this test only. */
    const key = (name: string) => `t${tests}:${name}`;
    const raw = (...bytes: number[]) => Buffer.concat([Buffer.from(`t${tests}:`), Buffer.from(bytes)]);

    beforeAll(async () => {
      running = await backend.start();
      store = await running.open();
    });
    afterAll(async () => {
      await store?.close();
      await running?.stop();
    });

    /** `it`, with keys of its own. */
    const promises = (name: string, run: () => Promise<void>) =>
      it(name, async () => {
        tests++;
        await run();
      });

    describe('values', () => {
      promises('are found as they were set, as bytes and as text', async () => {
        expect(await store.set(key('a'), 'grüße')).toBe(true);
        expect(await store.get(key('a'))).toEqual(Buffer.from('grüße'));
        expect(await store.getText(key('a'))).toBe('grüße');
        expect(await store.get(Buffer.from(key('a')))).toEqual(Buffer.from('grüße'));
      });

      promises('that are empty are values, and missing keys are null', async () => {
        await store.set(key('empty'), '');
        expect(await store.get(key('empty'))).toEqual(Buffer.alloc(0));
        expect(await store.getText(key('empty'))).toBe('');
        expect(await store.get(key('none'))).toBeNull();
        expect(await store.getText(key('none'))).toBeNull();
        expect(await store.exists(key('empty'))).toBe(true);
        expect(await store.exists(key('none'))).toBe(false);
      });

      promises('and keys are any bytes', async () => {
        const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
        await store.set(raw(0, 13, 10, 255), all);
        expect(await store.get(raw(0, 13, 10, 255))).toEqual(all);
        expect(await store.get(raw(0, 13, 10, 254))).toBeNull();
      });

      promises('may be large', async () => {
        const large = Buffer.alloc(3_000_000, 'x');
        await store.set(key('large'), large);
        expect((await store.get(key('large')))?.equals(large)).toBe(true);
      });

      promises('are set once with ifAbsent', async () => {
        expect(await store.set(key('a'), '1', { ifAbsent: true, ttl: '1h' })).toBe(true);
        expect(await store.set(key('a'), '2', { ifAbsent: true })).toBe(false);
        expect(await store.getText(key('a'))).toBe('1');
        expect(await store.ttl(key('a'))).toBeGreaterThan(3_500_000);
      });

      promises('of many keys come in order, from all slots, found or not', async () => {
        const names = Array.from({ length: 1_200 }, (_, i) => key(`many${i}`));
        await Promise.all(names.map((name, i) => (i % 3 === 0 ? undefined : store.set(name, `${i}`))));
        const values = await store.getMany([...names, names[1]!]);
        expect(values.map((value) => value?.toString() ?? null)).toEqual([
          ...names.map((_, i) => (i % 3 === 0 ? null : `${i}`)),
          '1',
        ]);
        expect(await store.getMany([])).toEqual([]);
      });

      promises('asked for at once are told apart from other types', async () => {
        await store.set(key('text'), 'v');
        await store.command('HSET', key('hash'), 'f', '1');
        const ended = await Promise.allSettled([key('text'), key('none'), key('hash')].map((name) => store.get(name)));
        expect(ended).toMatchObject([
          { value: Buffer.from('v') },
          { value: null },
          { reason: { code: 'WRONG_TYPE', temporary: false, operation: 'get' } },
        ]);
        await expect(store.get(key('hash'))).rejects.toMatchObject({ code: 'WRONG_TYPE' });
        await expect(store.getMany([key('text'), key('hash')])).rejects.toMatchObject({ code: 'WRONG_TYPE' });
      });
    });

    describe('delete', () => {
      promises('counts the keys that existed, over all slots', async () => {
        const names = Array.from({ length: 20 }, (_, i) => key(`k${i}`));
        await Promise.all(names.slice(0, 15).map((name) => store.set(name, 'v')));
        expect(await store.delete(...names)).toBe(15);
        expect(await store.delete(...names)).toBe(0);
        expect(await store.delete()).toBe(0);
      });
    });

    describe('transactions', () => {
      promises('make all changes, in order, and count the missing keys that were to be added to', async () => {
        const tagged = (name: string) => key(`{x}${name}`);
        await store.set(tagged('old'), 'v');
        await store.set(tagged('n'), '5', { ttl: '1h' });
        const result = await store.transact([
          { kind: 'set', key: tagged('a'), value: 'grüße' },
          { kind: 'set', key: tagged('short'), value: '1', ttl: '1m' },
          { kind: 'delete', key: tagged('old') },
          { kind: 'increment', key: tagged('n'), by: -7n },
          { kind: 'increment', key: tagged('none'), by: 1 },
          { kind: 'set', key: tagged('twice'), value: '40' },
          { kind: 'increment', key: tagged('twice'), by: 2 },
          { kind: 'delete', key: tagged('gone') },
          { kind: 'increment', key: tagged('gone'), by: 2 },
        ]);
        expect(result).toEqual({ missing: 2 });
        expect(await store.getMany(['a', 'short', 'old', 'n', 'none', 'twice'].map(tagged))).toEqual(
          ['grüße', '1', null, '-2', null, '42'].map((value) => value && Buffer.from(value)),
        );
        expect(await store.ttl(tagged('short'))).toSatisfy((ms: number) => ms > 55_000 && ms <= 60_000);
        expect(await store.ttl(tagged('n'))).toBeGreaterThan(3_500_000);
        expect(await store.ttl(tagged('a'))).toBe(Number.POSITIVE_INFINITY);
      });

      promises('change nothing when one change is refused', async () => {
        if (backend.shards !== undefined) return;
        const tagged = (name: string) => key(`{x}${name}`);
        const most = 2n ** 63n - 1n;
        await store.set(tagged('n'), '5', { ttl: '1h' });
        await store.set(tagged('text'), 'v');
        await store.set(tagged('full'), `${most}`);
        await store.command('RPUSH', tagged('list'), '1');
        for (const [name, code] of [
          ['text', 'NOT_INTEGER'],
          ['full', 'NOT_INTEGER'],
          ['list', 'WRONG_TYPE'],
        ] as const) {
          const changes = [
            { kind: 'set', key: tagged('a'), value: 'v' },
            { kind: 'increment', key: tagged('n'), by: -most },
            { kind: 'increment', key: tagged(name), by: 1 },
          ] as const;
          await expect(store.transact(changes)).rejects.toMatchObject({ code, indeterminate: false });
          expect(await store.getText(tagged('n'))).toBe('5');
          expect(await store.ttl(tagged('n'))).toBeGreaterThan(3_500_000);
          expect(await store.exists(tagged('a'))).toBe(false);
        }
        const added = [
          { kind: 'set', key: tagged('a'), value: 'v' },
          { kind: 'increment', key: tagged('a'), by: 1 },
        ] as const;
        await expect(store.transact(added)).rejects.toMatchObject({ code: 'NOT_INTEGER' });
        expect(await store.exists(tagged('a'))).toBe(false);
      });

      promises('reach keys of every slot, and may be empty', async () => {
        const names = Array.from({ length: 50 }, (_, i) => key(`k${i}`));
        expect(await store.transact(names.map((name) => ({ kind: 'set', key: name, value: '1' })))).toEqual({
          missing: 0,
        });
        const more = [...names, key('none')].map((name) => ({ kind: 'increment', key: name, by: 1 }) as const);
        expect(await store.transact(more)).toEqual({ missing: 1 });
        expect(new Set((await store.getMany(names)).map(String))).toEqual(new Set(['2']));
        expect(await store.transact([])).toEqual({ missing: 0 });
      });

      promises('that fail in one slot of a cluster only are indeterminate', async () => {
        if (!backend.cluster) return;
        await store.set(key('{a}'), 'v');
        await store.set(key('{b}'), '1');
        const changes = [key('{a}'), key('{b}')].map((name) => ({ kind: 'increment', key: name, by: 1 }) as const);
        await expect(store.transact(changes)).rejects.toMatchObject({ code: 'NOT_INTEGER', indeterminate: true });
        expect(await store.getText(key('{b}'))).toBe('2');
      });
    });

    describe('times to live', () => {
      promises('are told in milliseconds, Infinity for none, null for a missing key', async () => {
        await store.set(key('a'), 'v');
        expect(await store.ttl(key('a'))).toBe(Number.POSITIVE_INFINITY);
        expect(await store.ttl(key('none'))).toBeNull();
        expect(await store.expire(key('a'), '10m')).toBe(true);
        expect(await store.expire(key('none'), 1000)).toBe(false);
        expect(await store.ttl(key('a'))).toSatisfy((ms: number) => ms > 590_000 && ms <= 600_000);
      });

      promises('end', async () => {
        await store.set(key('a'), 'v', { ttl: 30 });
        await until(async () => (await store.get(key('a'))) === null, 'the key to expire');
        expect(await store.ttl(key('a'))).toBeNull();
        expect(await store.exists(key('a'))).toBe(false);
      });

      promises('are lost by a plain set', async () => {
        await store.set(key('a'), 'v', { ttl: '1h' });
        await store.set(key('a'), 'w');
        expect(await store.ttl(key('a'))).toBe(Number.POSITIVE_INFINITY);
      });
    });

    describe('counters', () => {
      promises('start at 0 and add exactly', async () => {
        expect(await store.counter(key('n'))).toBe(0n);
        expect(await store.increment(key('n'))).toBe(1n);
        expect(await store.increment(key('n'), -5)).toBe(-4n);
        expect(await store.counter(key('n'))).toBe(-4n);
      });

      promises('are exact over 64 bits', async () => {
        for (const options of [{}, { ttl: '1h' }]) {
          const name = key(`n${'ttl' in options}`);
          expect(await store.increment(name, 2n ** 53n, options)).toBe(9007199254740992n);
          expect(await store.increment(name, 1n, options)).toBe(9007199254740993n);
          expect(await store.increment(name, 2n ** 63n - 1n - 9007199254740993n, options)).toBe(9223372036854775807n);
          expect(await store.counter(name)).toBe(9223372036854775807n);
          await expect(store.increment(name, 1, options)).rejects.toMatchObject({
            code: 'NOT_INTEGER',
            temporary: false,
          });
          expect(await store.counter(name)).toBe(9223372036854775807n);
        }
      });

      promises('refuse what is not a 64-bit integer', async () => {
        for (const text of ['abc', '', '1.5', ' 1', '+1', '01', '9223372036854775808']) {
          await store.set(key('n'), text);
          await expect(store.counter(key('n')), text).rejects.toMatchObject({ code: 'NOT_INTEGER' });
          await expect(store.increment(key('n')), text).rejects.toMatchObject({ code: 'NOT_INTEGER' });
          await expect(store.increment(key('n'), 1, { ttl: 1000 }), text).rejects.toMatchObject({
            code: 'NOT_INTEGER',
          });
          expect(await store.getText(key('n'))).toBe(text);
        }
        await store.command('HSET', key('h'), 'f', '1');
        await expect(store.increment(key('h'), 1, { ttl: 1000 })).rejects.toMatchObject({ code: 'WRONG_TYPE' });
      });

      promises('take their ttl when they are created, or at every increment', async () => {
        await store.increment(key('once'), 1, { ttl: '1h' });
        await store.increment(key('once'), 1, { ttl: '2h' });
        expect(await store.ttl(key('once'))).toBeLessThanOrEqual(3_600_000);
        await store.increment(key('each'), 1, { ttl: '1h', refreshTtl: true });
        await store.increment(key('each'), 1, { ttl: '2h', refreshTtl: true });
        expect(await store.ttl(key('each'))).toBeGreaterThan(3_600_000);
        await store.increment(key('plain'));
        await store.increment(key('plain'), 1, { ttl: '1h' });
        expect(await store.ttl(key('plain'))).toBe(Number.POSITIVE_INFINITY);
      });

      promises('lose nothing when many count at once', async () => {
        await Promise.all(
          Array.from({ length: 500 }, (_, i) => store.increment(key('n'), 1, i % 2 ? { ttl: '1h' } : {})),
        );
        expect(await store.counter(key('n'))).toBe(500n);
      });
    });

    describe('hashes and sets', () => {
      promises('are looked up by field and member', async () => {
        await store.command('HSET', key('h'), 'f', 'v', 'empty', '');
        await store.command('SADD', key('s'), 'm');
        expect(await store.hashGet(key('h'), 'f')).toEqual(Buffer.from('v'));
        expect(await store.hashGet(key('h'), 'empty')).toEqual(Buffer.alloc(0));
        expect(await store.hashGet(key('h'), 'none')).toBeNull();
        expect(await store.hashGet(key('none'), 'f')).toBeNull();
        expect(await store.setHas(key('s'), 'm')).toBe(true);
        expect(await store.setHas(key('s'), Buffer.from('n'))).toBe(false);
        expect(await store.setHas(key('none'), 'm')).toBe(false);
        await expect(store.hashGet(key('s'), 'f')).rejects.toMatchObject({ code: 'WRONG_TYPE' });
        await expect(store.setHas(key('h'), 'm')).rejects.toMatchObject({ code: 'WRONG_TYPE' });
      });
    });

    describe('scan and deletePrefix', () => {
      const collect = async (prefix: string | Buffer) => {
        const keys: string[] = [];
        for await (const found of store.scan(prefix)) keys.push(found.toString('latin1'));
        return keys.sort();
      };

      promises('list every key of a prefix once, over all slots', async () => {
        const names = Array.from({ length: 5_000 }, (_, i) => key(`k${i}`));
        await Promise.all(names.map((name) => store.set(name, 'v')));
        await store.set(`x${key('')}`, 'another');
        expect(await collect(key(''))).toEqual(names.sort());
        expect(await store.deletePrefix(key(''))).toBe(5_000);
        expect(await collect(key(''))).toEqual([]);
        expect(await store.exists(`x${key('')}`)).toBe(true);
      });

      promises('take glob characters and any bytes literally', async () => {
        for (const glob of ['*', '?', '[ab]', '[^a]', '\\', 'a*b', '\xff\x00*']) {
          const prefix = Buffer.from(key(`${glob}:`), 'latin1');
          const like = [key(`${glob}:1`), key(`${glob}:2`)];
          for (const name of like) await store.set(Buffer.from(name, 'latin1'), 'v');
          for (const unlike of ['a:1', 'x:1', 'ab:1', 'aXb:1', ':1', 'b:1']) await store.set(key(unlike), 'v');
          expect(await collect(prefix)).toEqual(like);
          expect(await store.deletePrefix(prefix)).toBe(2);
          expect(await store.exists(key('a:1'))).toBe(true);
        }
      });

      promises('stop when the caller stops', async () => {
        await Promise.all(Array.from({ length: 50 }, (_, i) => store.set(key(`k${i}`), 'v')));
        for await (const found of store.scan(key(''))) {
          expect(found.toString()).toContain(key('k'));
          break;
        }
        const stop = new AbortController();
        const listing = (async () => {
          for await (const _ of store.scan(key(''), { signal: stop.signal })) stop.abort();
          for await (const _ of store.scan(key(''), { signal: stop.signal })) throw new Error('listed after the end');
        })();
        await expect(listing).rejects.toMatchObject({ code: 'ABORTED' });
      });
    });

    describe('key-prefix', () => {
      promises('goes before every key and off what is listed', async () => {
        const prefixed = await running.open({ 'key-prefix': key('p*:') });
        // The embedded store is one of its own each time: only what it says itself can be seen.
        await prefixed.set('a', '1');
        await prefixed.set(Buffer.from([0xff]), '2');
        await prefixed.increment('n', 1, { ttl: '1h' });
        expect(await prefixed.getText('a')).toBe('1');
        const listed: string[] = [];
        for await (const found of prefixed.scan('')) listed.push(found.toString('latin1'));
        expect(listed.sort()).toEqual(['a', 'n', '\xff']);
        expect(await prefixed.command('EXISTS', key('p*:a'))).toBe(1);
        expect(await prefixed.command('EXISTS', 'a')).toBe(0);
        const lock = await prefixed.tryLock('lock', '1m');
        expect(await prefixed.exists('lock')).toBe(true);
        expect(await lock?.unlock()).toBe(true);
        await expect(prefixed.deletePrefix('')).rejects.toMatchObject({ code: 'INVALID' });
        expect(await prefixed.deletePrefix('', { force: true })).toBe(4);
        await prefixed.close();
      });
    });

    describe('locks', () => {
      promises('have one owner, whose attempt changes nothing for others', async () => {
        const lock = await store.tryLock(key('l'), '1m');
        expect(lock?.token).toMatch(/^[0-9a-f]{32}$/);
        expect(await store.tryLock(key('l'), '1h')).toBeNull();
        expect(await store.ttl(key('l'))).toBeLessThanOrEqual(60_000);
        expect(await lock?.extend('1h')).toBe(true);
        expect(await store.ttl(key('l'))).toBeGreaterThan(60_000);
        expect(await lock?.unlock()).toBe(true);
        expect(await store.exists(key('l'))).toBe(false);
        expect(await lock?.unlock()).toBe(false);
        expect(await lock?.extend('1h')).toBe(false);
        expect(await store.exists(key('l'))).toBe(false);
      });

      promises('that expired leave the next owner alone', async () => {
        const first = await store.tryLock(key('l'), 20);
        await until(async () => !(await store.exists(key('l'))), 'the lock to expire');
        const second = await store.tryLock(key('l'), '1m');
        expect(second!.fence).toBeGreaterThan(first!.fence);
        expect(await first!.extend('1h')).toBe(false);
        expect(await first!.unlock()).toBe(false);
        expect(await store.ttl(key('l'))).toBeLessThanOrEqual(60_000);
        expect(await store.getText(key('l'))).toBe(second!.token);
      });

      promises('have numbers that rise, also after their counter is gone', async () => {
        if (backend.shards !== undefined) return;
        const fences: bigint[] = [];
        for (let i = 0; i < 5; i++) {
          await using lock = await store.tryLock(key('l'), '1m');
          fences.push(lock!.fence);
          if (i === 2) expect(await store.delete(`{${key('l')}}:fence`)).toBe(1);
        }
        expect(fences).toEqual([...fences].sort((a, b) => Number(a - b)));
        expect(new Set(fences).size).toBe(5);
        expect(await store.ttl(`{${key('l')}}:fence`)).toBeGreaterThan(3_600_000);
      });

      promises('go to one of many who try at once', async () => {
        const tries = await Promise.all(Array.from({ length: 50 }, () => store.tryLock(key('l'), '1m')));
        expect(tries.filter((lock) => lock !== null)).toHaveLength(1);
      });

      promises('may be named with any bytes', async () => {
        for (const name of [raw(0, 255), Buffer.from(`{${key('tag')}}x`), Buffer.from(`a${key('{}b')}`)]) {
          const tried = store.tryLock(name, '1m').then(
            async (lock) => await lock!.unlock(),
            (error: StoreError) => error.code,
          );
          const impossible = backend.cluster && name.includes('}') && !name.includes('{t');
          expect(await tried).toBe(impossible ? 'INVALID' : true);
        }
      });
    });

    describe('rate limits', () => {
      // The hour may end while the test runs: then it decides again in the next.
      const rate = '5/30d';

      promises('of a fixed window allow exactly so many, also of parallel calls', async () => {
        const decisions = await Promise.all(Array.from({ length: 50 }, () => store.rateLimit(key('r'), '10/30d')));
        expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(10);
        const denied = decisions.find(({ allowed }) => !allowed)!;
        expect(denied.remaining).toBe(0);
        expect(denied.retryAfter).toSatisfy((ms: number) => ms > 0 && ms <= 30 * 86_400_000);
      });

      promises('count denied calls, and nothing when only looking', async () => {
        const looks = () => store.rateLimit(key('r'), rate, { soft: true });
        expect(await looks()).toEqual({ allowed: true, remaining: 5, retryAfter: 0 });
        for (let left = 4; left >= 0; left--) {
          expect(await store.rateLimit(key('r'), rate)).toEqual({ allowed: true, remaining: left, retryAfter: 0 });
        }
        expect((await looks()).allowed).toBe(false);
        expect((await store.rateLimit(key('r'), rate)).allowed).toBe(false);
        expect((await store.rateLimit(key('r'), '6/30d', { soft: true })).allowed).toBe(false);
        expect((await store.rateLimit(key('r'), '7/30d', { soft: true })).allowed).toBe(true);
      });

      promises('take a cost', async () => {
        expect(await store.rateLimit(key('r'), rate, { cost: 4 })).toMatchObject({ allowed: true, remaining: 1 });
        expect(await store.rateLimit(key('r'), rate, { cost: 2 })).toMatchObject({ allowed: false });
      });

      promises('use Stalwart’s key, which goes at the window’s end', async () => {
        const period = 86_400_000;
        const window = Buffer.alloc(8);
        window.writeBigUInt64BE(BigInt(Math.floor(Date.now() / period)));
        await store.rateLimit(key('r'), { requests: 5, period }, { prefix: 6 });
        const stalwarts = Buffer.concat([Buffer.of(6), Buffer.from(key('r')), window]);
        expect(await store.counter(stalwarts)).toBe(1n);
        const end = period - (Date.now() % period);
        expect(Math.abs((await store.ttl(stalwarts))! - end)).toBeLessThan(5_000);
      });

      promises('of a leaky bucket allow exactly so many at once, and do not count denied calls', async () => {
        const leaky = () => store.rateLimit(key('r'), '10/1h', { algorithm: 'leaky-bucket' });
        const decisions = await Promise.all(Array.from({ length: 50 }, leaky));
        expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(10);
        const again = await leaky();
        expect(again).toMatchObject({ allowed: false, remaining: 0 });
        expect(again.retryAfter).toSatisfy((ms: number) => ms > 300_000 && ms <= 360_000);
      });

      promises('of a leaky bucket flow back one by one', async () => {
        const leaky = (soft = false) =>
          store.rateLimit(key('r'), { requests: 2, period: 400 }, { algorithm: 'leaky-bucket', soft });
        expect(await leaky(true)).toEqual({ allowed: true, remaining: 2, retryAfter: 0 });
        expect(await leaky()).toMatchObject({ allowed: true, remaining: 1 });
        expect(await leaky()).toMatchObject({ allowed: true, remaining: 0 });
        expect((await leaky()).retryAfter).toSatisfy((ms: number) => ms > 0 && ms <= 200);
        await until(async () => (await leaky(true)).allowed, 'a place in the bucket');
        expect((await leaky()).allowed).toBe(true);
      });

      promises('of a leaky bucket with a burst take so many at once, however high the rate', async () => {
        const sent = () => store.rateLimit(key('r'), '3600/1h', { algorithm: 'leaky-bucket', burst: 3 });
        const decisions = await Promise.all(Array.from({ length: 20 }, sent));
        // One more a second flows back: a slow machine may see one.
        expect(decisions.filter(({ allowed }) => allowed).length).toSatisfy((n: number) => n === 3 || n === 4);
        expect((await sent()).retryAfter).toSatisfy((ms: number) => ms > 0 && ms <= 1000);
      });

      promises('tell a counter that is none', async () => {
        const window = Buffer.alloc(8);
        window.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 86_400_000)));
        await store.set(Buffer.concat([Buffer.from(key('r')), window]), 'text');
        const [bad, good] = await Promise.all([
          store.rateLimit(key('r'), '5/1d').catch((error: StoreError) => error.code),
          store.rateLimit(key('other'), '5/1d'),
        ]);
        expect(bad).toBe('NOT_INTEGER');
        expect(good).toMatchObject({ allowed: true });
      });
    });

    describe('greylisting', () => {
      promises('asks to come again, lets a retry pass, and knows it from then on', async () => {
        const attempt = () => store.greylist(key('g'), { delay: 100, window: '1h', lifetime: '2h' });
        expect(await attempt()).toEqual({ passed: false, state: 'new', age: 0, attempts: 1, retryAfter: 100 });
        const early = await store.greylist(key('g'), { delay: '1h', window: '2h' });
        expect(early).toMatchObject({ passed: false, state: 'early', attempts: 2 });
        expect(early.retryAfter).toSatisfy((ms: number) => ms > 3_500_000 && ms <= 3_600_000);
        expect(early.retryAfter + early.age).toBe(3_600_000);
        expect(await store.ttl(key('g'))).toSatisfy((ms: number) => ms > 3_500_000 && ms <= 3_600_000);
        const decisions = [early];
        await until(async () => decisions[decisions.push(await attempt()) - 1]!.passed, 'the retry to pass');
        expect(decisions.at(-1)).toMatchObject({ state: 'passed', attempts: decisions.length + 1, retryAfter: 0 });
        expect(decisions.at(-1)!.age).toBeGreaterThanOrEqual(100);
        expect(await attempt()).toMatchObject({ passed: true, state: 'known' });
        expect(await store.ttl(key('g'))).toSatisfy((ms: number) => ms > 7_100_000 && ms <= 7_200_000);
      });

      promises('is exact under parallel attempts: one is the first', async () => {
        const attempts = Array.from({ length: 50 }, () => store.greylist(key('g')));
        const states = (await Promise.all(attempts)).map(({ state }) => state);
        expect(states.filter((state) => state === 'new')).toHaveLength(1);
        expect(states.filter((state) => state === 'early')).toHaveLength(49);
      });

      promises('forgets who does not come again', async () => {
        await store.greylist(key('g'), { delay: 1, window: 50 });
        await until(async () => !(await store.exists(key('g'))), 'the end of the window');
        expect(await store.greylist(key('g'))).toMatchObject({ state: 'new', attempts: 1 });
      });

      promises('of several at once fails for a key that holds something else, and for no other', async () => {
        await store.set(key('text'), 'x');
        const attempts = ['a', 'text', 'b', 'a'].map((name) => store.greylist(key(name)));
        const ended = await Promise.all(
          attempts.map((attempt) =>
            attempt.then(
              ({ state }) => state,
              ({ code }) => code,
            ),
          ),
        );
        expect(ended).toEqual(['new', 'WRONG_TYPE', 'new', 'early']);
      });

      promises('refuses a window that ends before the delay, and a key that holds something else', async () => {
        await expect(store.greylist(key('g'), { delay: '9h' })).rejects.toMatchObject({ code: 'INVALID' });
        await store.set(key('text'), 'x');
        await expect(store.greylist(key('text'))).rejects.toMatchObject({ code: 'WRONG_TYPE' });
      });
    });

    describe('ttlCounter', () => {
      promises('adds within the limit, in a window that starts with the first', async () => {
        const add = (by: number) => store.ttlCounter(key('c'), by, 10, '1m');
        expect(await add(0)).toEqual({ success: true, value: 0, ttl: 0 });
        expect(await add(7)).toMatchObject({ success: true, value: 7 });
        expect(await add(4)).toMatchObject({ success: false, value: 7 });
        const full = await add(3);
        expect(full).toMatchObject({ success: true, value: 10 });
        expect(full.ttl).toSatisfy((ms: number) => ms > 50_000 && ms <= 60_000);
        expect(await add(0)).toMatchObject({ success: false, value: 10 });
        expect(await store.ttlCounter(key('c'), 5, 0, '1m')).toEqual({ success: true, value: 0, ttl: 0 });
        expect(await store.counter(key('c'))).toBe(10n);
      });
    });

    describe('raw commands', () => {
      promises('reply what the server replies', async () => {
        expect(await store.command('SET', key('a'), 'v')).toBe('OK');
        expect(await store.command('GET', key('a'))).toEqual(Buffer.from('v'));
        expect(await store.command('INCRBY', key('n'), 9007199254740993n)).toBe(9007199254740993n);
        await expect(store.command('LPUSH', key('a'), 'x')).rejects.toMatchObject({ code: 'WRONG_TYPE' });
        await expect(store.command('NOSUCH', 's3cret')).rejects.toSatisfy(
          (error: StoreError) => error.code === 'REPLY' && !error.message.includes('s3cret'),
        );
      });

      promises('of a pipeline each have their own reply', async () => {
        const replies = await store.pipeline([
          ['SET', key('a'), '1'],
          ['LPUSH', key('a'), 'x'],
          ['INCR', key('b')],
          ['GET', key('a')],
        ]);
        expect(replies).toMatchObject(['OK', { code: 'WRONGTYPE' }, 1, Buffer.from('1')]);
        expect(await store.pipeline([])).toEqual([]);
      });
    });

    describe('messages', () => {
      promises('reach those who subscribed, until they have enough', async () => {
        const received: string[] = [];
        const stop = await store.subscribe(key('news'), (message) => received.push(message.toString()));
        await until(async () => {
          await store.publish(key('news'), 'hello');
          return received.length > 0;
        }, 'a message');
        expect(received[0]).toBe('hello');
        await stop();
        const before = received.length;
        await store.publish(key('news'), 'too late');
        expect(await store.ping()).not.toHaveLength(0);
        expect(received.slice(before)).toEqual([]);
      });
    });

    describe('arguments', () => {
      promises('that no store could serve are INVALID, and are named', async () => {
        const wrong: string[] = [];
        for (const { operation, argument, wrong: given, run } of callerMistakes) {
          const ended = await run(store).then(
            () => 'answered',
            (error: StoreError) => `${error.code} ${error.temporary} ${error.attempts} ${error.operation}`,
          );
          const expected = `INVALID false 0 ${operation === 'getText' ? 'get' : operation}`;
          if (ended !== expected) wrong.push(`${operation} ${argument} ${String(given)}: ${ended}`);
        }
        expect(wrong).toEqual([]);
        const lock = await store.tryLock(key('l'), '1m');
        for (const ttl of [undefined, null, 0, {}]) {
          await expect(lock!.extend(ttl as never)).rejects.toMatchObject({ code: 'INVALID', operation: 'extend' });
        }
        expect(await lock!.unlock()).toBe(true);
      });

      promises('that are odd mean what they say', async () => {
        const bytes = new Uint8Array([0, 255]);
        expect(await store.set(key(''), bytes, undefined)).toBe(true);
        expect(await store.set(key(''), bytes, { ttl: undefined, ifAbsent: undefined } as never)).toBe(true);
        expect(await store.get(new TextEncoder().encode(key('')), { signal: undefined })).toEqual(Buffer.from(bytes));
        expect(await store.expire(key(''), 2 ** 52)).toBe(true);
        expect(await store.ttl(key(''))).toBeGreaterThan(2 ** 51);
        expect(await store.expire(key(''), 0.5)).toBe(true);
        await until(async () => (await store.get(key(''))) === null, 'half a millisecond to end');
        expect(await store.increment(key('n'), undefined, {})).toBe(1n);
        expect(await store.increment(key('n'), -0)).toBe(1n);
        expect([await store.delete(), await store.getMany([]), await store.pipeline([])]).toEqual([0, [], []]);
      });
    });

    describe('the store itself', () => {
      promises('pings every node and tells its topology', async () => {
        const { known, away = 0 } = backend.nodes ?? { known: backend.shards ?? (backend.cluster ? 6 : 1) };
        // A cluster's replicas are nodes as soon as they have copied something.
        await until(async () => {
          await store.set(key('a'), 'v');
          await using fresh = await running.open();
          return fresh.topology().nodes.length === known;
        }, 'every node to be there');
        await using fresh = await running.open();
        const pings = await fresh.ping();
        const reachable = pings.filter(({ status }) => status === 'reachable');
        expect(reachable).toHaveLength(known - away);
        for (const { latencyUs, role } of reachable) {
          expect(latencyUs).toBeGreaterThan(0);
          expect(role).toMatch(/^(primary|replica)$/);
        }
        expect(pings.map(({ node }) => node)).toEqual(fresh.topology().nodes.map(({ name }) => name));
        const names = fresh.topology().nodes.map(({ name }) => name);
        expect((await fresh.refreshTopology()).nodes.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
      });

      promises('obeys a signal', async () => {
        const signal = AbortSignal.abort();
        await expect(store.get(key('a'), { signal })).rejects.toMatchObject({ code: 'ABORTED' });
        await expect(store.set(key('a'), 'v', { signal })).rejects.toMatchObject({ code: 'ABORTED' });
        await expect(store.rateLimit(key('a'), '5/1m', { signal })).rejects.toMatchObject({ code: 'ABORTED' });
        expect(await store.exists(key('a'))).toBe(false);
      });

      promises('closes once and for all', async () => {
        const closing = await running.open();
        await closing.set(key('a'), 'v');
        await closing.close();
        await closing.close();
        await expect(closing.get(key('a'))).rejects.toMatchObject({ code: 'CLOSED', store: closing.name });
        await expect(closing.set(key('a'), 'v')).rejects.toMatchObject({ code: 'CLOSED' });
        await expect(closing.command('PING')).rejects.toMatchObject({ code: 'CLOSED' });
      });
    });
  });
}

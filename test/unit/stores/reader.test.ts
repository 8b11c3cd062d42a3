import { describe, expect, it, vi } from 'vitest';
import type { StoreError } from '../../../src/core/errors.js';
import type { Reply } from '../../../src/resp/reply.js';
import { Guard } from '../../../src/stores/guard.js';
import { answers, breaks, FakeLink, refuses, silence } from '../../harness/fake-link.js';
import { fakeStore } from './harness.js';

const text = (value: Buffer | null | StoreError | string) => (Buffer.isBuffer(value) ? value.toString() : value);
const code = (error: StoreError) => error.code;

describe('gets of one turn', () => {
  it('are one round trip, and each key is asked once', async () => {
    const { store, link, told } = fakeStore();
    link.data.set('a', Buffer.from('1')).set('b', Buffer.from(''));
    const values = await Promise.all(['a', 'b', 'a', 'none'].map((key) => store.get(key)));
    expect(values.map(text)).toEqual(['1', '', '1', null]);
    expect(link.trips).toBe(1);
    expect(link.sent[0]!.map(String)).toEqual(['MGET', 'a', 'b', 'none']);
    expect(told.lines).toEqual(['get ok 4']);
  });

  it('gather with those that are told instead of promised', async () => {
    const { store, link, told } = fakeStore();
    link.data.set('a', Buffer.from('1')).set('b', Buffer.from('2'));
    const toldOf = (key: string) =>
      new Promise<Buffer | null | StoreError>((resolve) => store.tell(key, resolve, resolve));
    const values = await Promise.all([toldOf('a'), store.get('b'), toldOf('none')]);
    expect(values.map(text)).toEqual(['1', '2', null]);
    expect(link.sent[0]!.map(String)).toEqual(['MGET', 'a', 'b', 'none']);
    expect(told.lines).toEqual(['get ok 3']);
    link.otherTypes.add('h');
    expect(await toldOf('h')).toMatchObject({ code: 'WRONG_TYPE' });
    await store.close();
    expect(await toldOf('a')).toMatchObject({ code: 'CLOSED' });
  });

  it('give callers of one key bytes of their own', async () => {
    const { store, link } = fakeStore();
    link.data.set('a', Buffer.from('1'));
    const [first, second] = await Promise.all([store.get('a'), store.get('a')]);
    first!.write('X');
    expect(text(second!)).toBe('1');
  });

  it('keep keys apart that are different bytes', async () => {
    const { store, link } = fakeStore();
    const keys = [Buffer.of(0xe9), 'é', Buffer.from('é')];
    await Promise.all(keys.map((key) => store.get(key)));
    expect(link.sent[0]!.slice(1).map((key) => Buffer.from(key as string).toString('hex'))).toEqual([
      'e9',
      'c3a9',
      'c3a9',
    ]);
  });

  it('are a plain GET when there is one', async () => {
    const { store, link } = fakeStore();
    await store.get('a');
    expect(link.sent).toEqual([['GET', 'a']]);
  });

  it('leave in full batches at once while others are on their way', async () => {
    const { store, link } = fakeStore();
    const under = store.get('under way');
    await new Promise<void>((resolve) => process.nextTick(resolve));
    const sent = link.sent.length;
    const rest = Array.from({ length: 300 }, (_, i) => store.get(`k${i}`));
    const keysAsked = () => link.sent.slice(sent).flatMap(([name, ...keys]) => (name === 'MGET' ? [keys.length] : []));
    expect(keysAsked()).toEqual([128, 128]);
    await Promise.all([under, ...rest]);
    expect(keysAsked()).toEqual([128, 128, 44]);
  });

  it('that were all given up no longer count as waiting', async () => {
    const [entered, left] = [vi.spyOn(Guard.prototype, 'enter'), vi.spyOn(Guard.prototype, 'leave')];
    const { store } = fakeStore();
    const stop = new AbortController();
    const gone = ['a', 'b', 'c'].map((key) => store.get(key, { signal: stop.signal }).catch(code));
    stop.abort();
    expect(await Promise.all(gone)).toEqual(['ABORTED', 'ABORTED', 'ABORTED']);
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(entered).toHaveBeenCalledTimes(3);
    expect(left.mock.calls).toEqual([[3]]);
    vi.restoreAllMocks();
  });

  it('include those that continuations make', async () => {
    const { store, link } = fakeStore();
    const later = async () => {
      await Promise.resolve();
      await Promise.resolve();
      return await store.get('b');
    };
    await Promise.all([store.get('a'), later()]);
    expect(link.sent.map(([name]) => name)).toEqual(['MGET', 'EXISTS']);
  });

  it('tell another type from a missing key', async () => {
    const { store, link, told } = fakeStore();
    link.data.set('a', Buffer.from('1'));
    link.otherTypes.add('hash');
    const ended = await Promise.all(['a', 'none', 'hash'].map((key) => store.get(key).catch(code)));
    expect(ended.map(text)).toEqual(['1', null, 'WRONG_TYPE']);
    expect(told.lines).toEqual(['get WRONG_TYPE 1', 'get ok 2']);
  });

  it('are asked one by one when MGET is refused as a whole', async () => {
    const { store, link } = fakeStore();
    link.data.set('a', Buffer.from('1'));
    link.plan(refuses('NOPERM this user has no permissions to access one of the keys'), answers(1));
    link.plan(answers(Buffer.from('1')), refuses('NOPERM this user has no permissions'));
    const ended = await Promise.all(['a', 'b'].map((key) => store.get(key).catch(code)));
    expect(ended.map(text)).toEqual(['1', 'DENIED']);
  });

  it.each([
    ['MGET was answered with LOADING', [refuses('LOADING'), answers(0)]],
    ['the connection broke between the two', [answers([null, null]), breaks('connection', true)]],
    ['the one by one broke', [answers([null, null]), answers(1), answers(null), breaks('connection', true)]],
  ])('are tried again together when %s', async (_, plan) => {
    const { store, link, clock } = fakeStore();
    link.data.set('a', Buffer.from('1')).set('b', Buffer.from('2'));
    link.plan(...plan);
    const values = Promise.all([store.get('a'), store.get('b')]);
    await clock.advanceAsync(1_000);
    expect((await values).map(text)).toEqual(['1', '2']);
  });

  it('leave in batches when they are many', async () => {
    const { store, link } = fakeStore();
    const values = await store.getMany(Array.from({ length: 300 }, (_, i) => `k${i}`));
    expect(values).toHaveLength(300);
    expect(link.sent.filter(([name]) => name === 'MGET').map((command) => command.length - 1)).toEqual([128, 128, 44]);
  });

  it('leave EXISTS out while every key is found, and still tell another type from a missing key', async () => {
    const { store, link } = fakeStore();
    link.data.set('a', Buffer.from('1')).set('b', Buffer.from('2'));
    link.otherTypes.add('hash');
    const names = () => link.sent.splice(0).map(([name]) => name);
    const ask = (...keys: string[]) => Promise.all(keys.map((key) => store.get(key).catch(code)));
    await ask('a', 'b');
    expect(names()).toEqual(['MGET', 'EXISTS']);
    expect((await ask('a', 'b')).map(text)).toEqual(['1', '2']);
    expect(names()).toEqual(['MGET']);
    expect((await ask('a', 'none', 'hash')).map(text)).toEqual(['1', null, 'WRONG_TYPE']);
    expect(names()).toEqual(['MGET', 'GET', 'GET']);
    expect((await ask('a', 'none')).map(text)).toEqual(['1', null]);
    expect(names()).toEqual(['MGET', 'EXISTS']);
  });

  it('skip callers that gave up before anything was sent', async () => {
    const { store, link } = fakeStore();
    const stop = new AbortController();
    const gone = store.get('a', { signal: stop.signal }).catch(code);
    const stays = store.get('b');
    stop.abort();
    expect(await gone).toBe('ABORTED');
    expect(await stays).toBeNull();
    expect(link.sent).toEqual([['GET', 'b']]);
  });

  it('fail together, as reads', async () => {
    const { store, link, clock, told } = fakeStore({ deadline: 100 });
    link.usual = silence;
    const ended = Promise.all(['a', 'b', 'b'].map((key) => store.get(key).catch((error: StoreError) => error)));
    await clock.advanceAsync(200);
    for (const error of await ended)
      expect(error).toMatchObject({ code: 'TIMEOUT', operation: 'get', indeterminate: false });
    expect(told.lines).toEqual(['get TIMEOUT 3']);
  });

  it('are a GET each where keys lie in several slots', async () => {
    const { store, link } = fakeStore({}, new FakeLink({ crossSlot: false }));
    link.data.set('a', Buffer.from('1'));
    link.otherTypes.add('hash');
    const ended = await Promise.all(['a', 'none', 'hash', 'a'].map((key) => store.get(key).catch(code)));
    expect(ended.map(text)).toEqual(['1', null, 'WRONG_TYPE', '1']);
    expect(link.sent.map(String)).toEqual(['GET,a', 'GET,none', 'GET,hash']);
    expect(link.trips).toBe(1);
  });
});

describe('commands of one turn', () => {
  it('leave in one pipeline, lookups and writes apart, with key-prefix', async () => {
    const { store, link } = fakeStore({ keyPrefix: 'mail:' });
    link.plan(answers('OK'), answers(1), answers(1), answers(null));
    await Promise.all([store.set('a', '1'), store.exists('a'), store.increment('n'), store.hashGet('h', 'f')]);
    expect(link.trips).toBe(2);
    expect(link.sent.map(String)).toEqual(['SET,mail:a,1', 'INCRBY,mail:n,1', 'EXISTS,mail:a', 'HGET,mail:h,f']);
  });

  it('leave as themselves when there is one', async () => {
    const { store, link } = fakeStore();
    await store.set('a', '1', { ttl: '90s', ifAbsent: true });
    expect(link.sent).toEqual([['SET', 'a', '1', 'PX', 90_000, 'NX']]);
  });
});

describe('rate limits of one turn', () => {
  it('are one script call, and each has its own end', async () => {
    const { store, link } = fakeStore();
    link.plan(answers([1, 'WRONGTYPE Operation against a key holding the wrong kind of value', 3]));
    const ended = await Promise.all(['a', 'b', 'c'].map((key) => store.rateLimit(key, '2/1m').catch(code)));
    expect(ended).toEqual([
      { allowed: true, remaining: 1, retryAfter: 0 },
      'WRONG_TYPE',
      { allowed: false, remaining: 0, retryAfter: 60_000 },
    ]);
    expect(link.trips).toBe(1);
  });

  it('of greylisting are one, too, each with times of its own', async () => {
    const { store, link } = fakeStore();
    link.plan(
      answers([[1, 5, 2, 100], 'WRONGTYPE Operation against a key holding the wrong kind of value', [3, 9, 4, 0]]),
    );
    const attempts = ['a', 'b', 'c'].map((key, i) => store.greylist(key, { delay: i + 1, window: 10, lifetime: 20 }));
    expect(await Promise.all(attempts.map((attempt) => attempt.catch(code)))).toEqual([
      { passed: false, state: 'early', age: 5, attempts: 2, retryAfter: 100 },
      'WRONG_TYPE',
      { passed: true, state: 'known', age: 9, attempts: 4, retryAfter: 0 },
    ]);
    expect(link.sent).toEqual([['EVAL', 'greylist', 3, 'a', 'b', 'c', 1, 10, 20, 2, 10, 20, 3, 10, 20]]);
  });

  it('of greylisting with a signal go alone', async () => {
    const { store, link } = fakeStore();
    link.usual = ([, , keys]) => Array<Reply>(Number(keys)).fill([0, 0, 1, 100]);
    const { signal } = new AbortController();
    await Promise.all([store.greylist('a', { signal }), store.greylist('b'), store.greylist('c')]);
    expect(link.sent.map(([, , keys]) => keys).sort()).toEqual([1, 2]);
  });

  it('use Stalwart’s key: prefix byte, key, window number as 64 bits, big-endian', async () => {
    const { store, link, clock } = fakeStore({ keyPrefix: 'p:' });
    link.plan(answers([1]));
    clock.advance(61_500);
    await store.rateLimit('user', '5/1m', { prefix: 6 });
    const [, script, , key, cost, ttl] = link.sent[0]!;
    const window = Buffer.alloc(8);
    window.writeBigUInt64BE(BigInt(Math.floor(clock.now() / 60_000)));
    expect(Buffer.from(key as Buffer)).toEqual(Buffer.concat([Buffer.from('p:\x06user'), window]));
    expect([script, cost, ttl]).toEqual(['fixed-window', 1, 58_500]);
  });
});

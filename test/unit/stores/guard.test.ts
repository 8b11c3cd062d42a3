import { describe, expect, it } from 'vitest';
import type { StoreError } from '../../../src/core/errors.js';
import { LinkError } from '../../../src/links/link.js';
import type { LookupStore } from '../../../src/stores/store.js';
import type { ManualClock } from '../../../src/testing/clock.js';
import { answers, type Behaviour, breaks, FakeLink, refuses, silence } from '../../harness/fake-link.js';
import { fakeStore } from './harness.js';

/** How a promise ends while time passes. */
async function outcome<T>(clock: ManualClock, promise: Promise<T>, ms = 60_000): Promise<T | StoreError> {
  const ended = promise.catch((error: StoreError) => error);
  await clock.advanceAsync(ms);
  return await ended;
}

const operations: Record<string, (store: LookupStore) => Promise<unknown>> = {
  'get (a read)': (store) => store.get('k'),
  'set (idempotent)': (store) => store.set('k', 'v'),
  'increment (once)': (store) => store.increment('k'),
  'tryLock (a script)': (store) => store.tryLock('k', 1000),
  'several gets': (store) => Promise.all([store.get('a'), store.get('b')]),
  'several sets': (store) => Promise.all([store.set('a', '1'), store.set('b', '2')]),
  'a raw command': (store) => store.command('PING'),
};

describe('the deadline', () => {
  it.each(Object.entries(operations))('ends %s although the server stays silent', async (_, operation) => {
    const { store, link, clock } = fakeStore();
    link.usual = silence;
    const started = clock.now();
    const ended = operation(store).then(
      () => 'answered',
      (error: StoreError) => `${error.code} ${clock.now() - started <= 4_000 + 50}`,
    );
    await clock.advanceAsync(10_000);
    expect(await ended).toBe('TIMEOUT true');
    expect(clock.pending).toBe(0);
  });

  it('is shorter than the timeout: one attempt only', async () => {
    const { store, link, clock } = fakeStore({ timeout: 10_000, deadline: 300 });
    link.usual = silence;
    expect(await outcome(clock, store.get('k'), 350)).toMatchObject({ code: 'TIMEOUT', attempts: 1, temporary: true });
  });

  it('is told to the link, and so is the time of one answer', async () => {
    const { store, link, clock } = fakeStore({
      timeout: 100,
      deadline: 250,
      retry: { total: 9, minWait: 1, maxWait: 1 },
    });
    const given: number[] = [];
    const started = clock.now();
    link.usual = (_, options) => {
      given.push(options.deadline - clock.now(), options.deadline - started);
      return new Promise(() => {});
    };
    await outcome(clock, store.get('k'));
    expect(given[0]).toBe(100);
    expect(Math.max(...given)).toBeLessThanOrEqual(250);
  });

  it('leaves no time for a wait that would pass it', async () => {
    const { store, link, clock } = fakeStore({ deadline: 100, retry: { total: 3, minWait: 200, maxWait: 200 } });
    link.usual = breaks('connection', false, 'refused');
    const ended = store.get('k').catch((error: StoreError) => error);
    await clock.advanceAsync(0);
    expect(await ended).toMatchObject({ code: 'UNREACHABLE', attempts: 1 });
  });

  it('does not hang when the system clock is set back', async () => {
    const { store, link, clock } = fakeStore({
      timeout: 500,
      deadline: 500,
      retry: { total: 0, minWait: 1, maxWait: 1 },
    });
    link.usual = silence;
    const ended = store.get('k').catch((error: StoreError) => error);
    await clock.advanceAsync(0);
    clock.jump(clock.now() - 3_600_000);
    await clock.advanceAsync(3_600_000 + 600);
    expect(await ended).toMatchObject({ code: 'TIMEOUT' });
  });

  it('drops a late answer', async () => {
    const { store, link, clock } = fakeStore({ timeout: 100, deadline: 4_000 });
    let late: (reply: Buffer) => void = () => {};
    link.plan(() => new Promise((resolve) => (late = resolve)));
    link.data.set('k', Buffer.from('new'));
    const first = store.get('k');
    await clock.advanceAsync(1_000);
    late(Buffer.from('old'));
    expect(String(await first)).toBe('new');
  });
});

describe('retries', () => {
  const refused = breaks('connection', false, 'refused');
  const lost = breaks('connection', true, 'closed');

  it.each<[string, keyof typeof operations, Behaviour, number]>([
    ['a read whose connection broke', 'get (a read)', lost, 4],
    ['a read that timed out', 'get (a read)', breaks('timeout', true), 4],
    ['an idempotent write that may have run', 'set (idempotent)', lost, 4],
    ['a write that surely did not run', 'increment (once)', refused, 4],
    ['a write that may have run', 'increment (once)', lost, 1],
    ['a raw command that may have run', 'a raw command', lost, 1],
    ['a full queue', 'increment (once)', breaks('overloaded', false), 4],
    ['no owner for the slot', 'get (a read)', breaks('topology', false), 4],
    ['credentials that were refused', 'get (a read)', breaks('denied', false), 1],
    ...['LOADING', 'TRYAGAIN', 'CLUSTERDOWN', 'MASTERDOWN', 'READONLY', 'BUSY'].map(
      (word): [string, keyof typeof operations, Behaviour, number] => [
        `a write answered with ${word}`,
        'increment (once)',
        refuses(`${word} not now`),
        4,
      ],
    ),
    ['a redirect that the link does not follow', 'get (a read)', refuses('MOVED 1 127.0.0.1:7001'), 1],
    ['a redirect for one call', 'increment (once)', refuses('ASK 1 127.0.0.1:7001'), 1],
    ['a wrong type', 'get (a read)', refuses('WRONGTYPE Operation against a key'), 1],
    ['an error of the command', 'increment (once)', refuses('ERR no'), 1],
  ])('%s', async (_, operation, behaviour, attempts) => {
    const { store, link, clock } = fakeStore({ breaker: { failures: 0, openFor: 1 } });
    link.usual = behaviour;
    expect(await outcome(clock, operations[operation]!(store))).toMatchObject({ attempts });
    expect(link.sent).toHaveLength(attempts);
  });

  it('ends with the answer of the attempt that got one', async () => {
    const { store, link, clock, told } = fakeStore();
    link.plan(refused, refuses('LOADING Redis is loading'), answers(7));
    expect(await outcome(clock, store.increment('k'))).toBe(7n);
    expect(told.lines).toEqual([
      'increment again after UNREACHABLE',
      'increment again after UNAVAILABLE',
      'increment ok 1',
    ]);
  });

  it('wait between min-wait and an upper end that doubles up to max-wait', async () => {
    const { store, link, clock } = fakeStore({
      retry: { total: 12, minWait: 50, maxWait: 1_000 },
      deadline: 60_000,
      breaker: { failures: 0, openFor: 1 },
    });
    const times: number[] = [];
    link.usual = () => {
      times.push(clock.now());
      return new LinkError('connection', 'refused', { maybeExecuted: false });
    };
    await outcome(clock, store.set('k', 'v'));
    const waits = times.slice(1).map((time, i) => time - times[i]!);
    expect(waits).toHaveLength(12);
    waits.forEach((wait, n) => {
      expect(wait).toBeGreaterThanOrEqual(50);
      expect(wait).toBeLessThanOrEqual(Math.min(Math.max(10 * 2 ** n, 51), 1_000));
    });
    expect(Math.max(...waits)).toBeGreaterThan(100);
  });

  it('say that a write may have run, also when a later attempt surely did not', async () => {
    const { store, link, clock } = fakeStore();
    link.plan(lost);
    link.usual = refuses('LOADING');
    expect(await outcome(clock, store.set('k', 'v'))).toMatchObject({
      code: 'UNAVAILABLE',
      indeterminate: true,
      attempts: 4,
    });
  });

  it.each<[keyof typeof operations, boolean]>([
    ['get (a read)', false],
    ['set (idempotent)', true],
    ['increment (once)', true],
  ])('%s that may have run is indeterminate: %s', async (operation, indeterminate) => {
    const { store, link, clock } = fakeStore();
    link.usual = silence;
    expect(await outcome(clock, operations[operation]!(store))).toMatchObject({ indeterminate });
  });

  it('of many calls at once are no leak that Node would warn of', async () => {
    const { store, link, clock } = fakeStore({ breaker: { failures: 0, openFor: 1 } });
    const warnings: Error[] = [];
    const warn = (warning: Error) => void warnings.push(warning);
    process.on('warning', warn);
    link.usual = refused;
    const calls = Promise.allSettled(Array.from({ length: 50 }, (_, i) => store.increment(`k${i}`)));
    await clock.advanceAsync(10_000);
    await calls;
    process.off('warning', warn);
    expect(warnings).toEqual([]);
  });

  it('of a pipeline concern only the commands that failed', async () => {
    const { store, link, clock } = fakeStore();
    link.plan(answers(1), refused, answers(3), lost, refuses('ERR value is not an integer or out of range'));
    link.usual = answers(10);
    const calls = ['a', 'b', 'c', 'd', 'e'].map((key) => store.increment(key).catch((error: StoreError) => error.code));
    await clock.advanceAsync(1_000);
    expect(await Promise.all(calls)).toEqual([1n, 10n, 3n, 'UNREACHABLE', 'NOT_INTEGER']);
    expect(link.sent.slice(5).map(String)).toEqual(['INCRBY,b,1']);
  });

  it('load a script that the server does not know, without a wait', async () => {
    const { store, link, clock } = fakeStore({ retry: { total: 0, minWait: 1, maxWait: 1 } });
    link.plan(refuses('NOSCRIPT No matching script'), refuses('NOSCRIPT No matching script'));
    link.usual = answers(Buffer.from('5'));
    const locks = Promise.all([store.tryLock('a', 1000), store.tryLock('b', 1000)]);
    await clock.advanceAsync(0);
    expect((await locks).map((lock) => lock?.fence)).toEqual([5n, 5n]);
  });
});

describe('the caller’s signal', () => {
  it('ends a call before it is sent, when it is aborted already', async () => {
    const { store, link } = fakeStore();
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(store.get('k', { signal })).rejects.toMatchObject({ code: 'ABORTED', attempts: 0, cause: reason });
    await expect(store.increment('k', 1, { signal })).rejects.toMatchObject({ code: 'ABORTED', indeterminate: false });
    expect(link.sent).toHaveLength(0);
  });

  it('ends its own call only, although others left with it', async () => {
    const { store, link, clock } = fakeStore();
    const answer: (() => void)[] = [];
    link.usual = ([name]) =>
      new Promise((resolve) => answer.push(() => resolve(name === 'MGET' ? [Buffer.from('1'), Buffer.from('2')] : 2)));
    const stop = new AbortController();
    const mine = store.get('a', { signal: stop.signal }).catch((error: StoreError) => error.code);
    const other = store.get('b');
    await clock.advanceAsync(0);
    stop.abort();
    expect(await mine).toBe('ABORTED');
    for (const ready of answer) ready();
    expect(String(await other)).toBe('2');
  });

  it('leaves the fate of a write that was sent open', async () => {
    const { store, link, clock } = fakeStore();
    link.usual = silence;
    const stop = new AbortController();
    const write = store.increment('k', 1, { signal: stop.signal }).catch((error: StoreError) => error);
    await clock.advanceAsync(0);
    stop.abort();
    expect(await write).toMatchObject({ code: 'ABORTED', indeterminate: true });
  });

  it('ends a wait between attempts', async () => {
    const { store, link, clock } = fakeStore();
    link.usual = breaks('connection', false);
    const stop = new AbortController();
    const read = store.hashGet('k', 'f', { signal: stop.signal }).catch((error: StoreError) => error);
    await clock.advanceAsync(1);
    stop.abort();
    expect(await read).toMatchObject({ code: 'ABORTED', attempts: 1 });
    await clock.advanceAsync(25);
    expect(clock.pending).toBe(0);
  });
});

describe('the breaker', () => {
  const config = { retry: { total: 0, minWait: 1, maxWait: 1 }, breaker: { failures: 3, openFor: 2_000 } };
  const refused = breaks('connection', false);

  async function fail(times: number, run: () => Promise<unknown>): Promise<void> {
    for (let i = 0; i < times; i++) await run().catch(() => {});
  }

  it('opens after failures in a row, sends nothing, and closes by one probe', async () => {
    const { store, link, clock, told } = fakeStore(config);
    link.usual = refused;
    await fail(3, () => store.get('k'));
    await expect(store.get('k')).rejects.toMatchObject({ code: 'BREAKER_OPEN', attempts: 0, node: 'fake:1' });
    expect(link.sent).toHaveLength(3);
    clock.advance(2_000);
    link.usual = answers(null);
    expect(await store.get('k')).toBeNull();
    expect(await store.get('k')).toBeNull();
    expect(told.lines.filter((line) => line.startsWith('fake'))).toEqual([
      'fake:1 open',
      'fake:1 half-open',
      'fake:1 closed',
    ]);
  });

  it('lets one probe through at a time', async () => {
    const { store, link, clock } = fakeStore(config);
    link.usual = refused;
    await fail(3, () => store.get('k'));
    clock.advance(2_000);
    link.usual = silence;
    const probe = store.get('probe').catch((error: StoreError) => error.code);
    await clock.advanceAsync(0);
    await expect(store.get('k')).rejects.toMatchObject({ code: 'BREAKER_OPEN' });
    await clock.advanceAsync(2_000);
    expect(await probe).toBe('TIMEOUT');
    await expect(store.get('k')).rejects.toMatchObject({ code: 'BREAKER_OPEN' });
    expect(link.sent).toHaveLength(4);
  });

  it('frees the place of a probe whose caller gave up', async () => {
    const { store, link, clock } = fakeStore(config);
    link.usual = refused;
    await fail(3, () => store.get('k'));
    clock.advance(2_000);
    link.usual = silence;
    const stop = new AbortController();
    const probe = store.increment('k', 1, { signal: stop.signal }).catch((error: StoreError) => error.code);
    await clock.advanceAsync(0);
    stop.abort();
    expect(await probe).toBe('ABORTED');
    link.usual = answers(1);
    await clock.advanceAsync(0);
    expect(await store.increment('k')).toBe(1n);
  });

  it('lets a call through at once when a connection stands anew', async () => {
    const { store, link, clock, told } = fakeStore({ ...config, breaker: { failures: 3, openFor: 600_000 } });
    link.usual = refused;
    await fail(3, () => store.get('k'));
    link.connected('another:1');
    await expect(store.get('k')).rejects.toMatchObject({ code: 'BREAKER_OPEN' });
    link.connected('fake:1');
    link.usual = answers(null);
    expect(await store.get('k')).toBeNull();
    expect(told.lines.at(-2)).toBe('fake:1 closed');
    // What it failed for before is forgotten: another loss is answered as the first.
    link.usual = refused;
    await fail(3, () => store.get('k'));
    clock.advance(1);
    link.connected('fake:1');
    link.usual = answers(null);
    expect(await store.get('k')).toBeNull();
  });

  it('is not fooled by a node that lets us in again and again and stays silent', async () => {
    const { store, link, clock } = fakeStore(config);
    link.usual = refused;
    await fail(3, () => store.get('k'));
    link.usual = silence;
    const tried: number[] = [];
    for (let ms = 0; ms < 10_000; ms += 100) {
      link.connected('fake:1');
      const before = link.sent.length;
      void store.get('k').catch(() => {});
      await clock.advanceAsync(100);
      if (link.sent.length > before) tried.push(ms);
    }
    // Each costs the timeout of a second; of two that follow each other one waited for its time.
    expect(tried.map((ms) => Math.round(ms / 1_000))).toEqual([0, 3, 4, 7, 8]);
  });

  it('starts counting again after an answer, be it an error', async () => {
    const { store, link } = fakeStore(config);
    link.plan(refused, refused, refuses('ERR no'), refused, refused, answers(null));
    await fail(5, () => store.get('k'));
    expect(await store.get('k')).toBeNull();
  });

  it('counts a broken connection once, however many calls waited on it', async () => {
    const { store, link, clock } = fakeStore(config);
    link.usual = breaks('connection', true);
    const calls = Array.from({ length: 50 }, (_, i) => store.set(`k${i}`, 'v').catch(() => {}));
    await clock.advanceAsync(1_000);
    await Promise.all(calls);
    link.usual = answers(null);
    expect(await store.get('k')).toBeNull();
  });

  it('concerns its node only', async () => {
    const link = new FakeLink({
      crossSlot: false,
      nodeOf: (key) => (String(key).startsWith('a') ? 'node:a' : 'node:b'),
    });
    const { store } = fakeStore(config, link);
    const failing = breaks('connection', false);
    link.usual = (command, options) => (String(command[1]).startsWith('a') ? failing(command, options) : 5);
    await fail(3, () => store.increment('a1'));
    const together = await Promise.all(
      ['a2', 'b2'].map((key) => store.increment(key).catch((e: StoreError) => e.code)),
    );
    expect(together).toEqual(['BREAKER_OPEN', 5n]);
  });

  it('tells the link which node is left alone, until it answers again', async () => {
    const { store, link, clock } = fakeStore(config);
    link.usual = refused;
    await fail(2, () => store.get('k'));
    expect([...link.suspected]).toEqual([]);
    await fail(1, () => store.get('k'));
    expect([...link.suspected]).toEqual(['fake:1']);
    clock.advance(2_000);
    await fail(1, () => store.get('k'));
    expect([...link.suspected]).toEqual(['fake:1']);
    clock.advance(2_000);
    link.usual = answers(null);
    await store.get('k');
    expect([...link.suspected]).toEqual([]);
  });

  it.each([1, 2])('does not keep %i calls from the node that took over', async (count) => {
    let owner = 'old';
    const { store, link } = fakeStore(config, new FakeLink({ crossSlot: false, nodeOf: () => owner }));
    link.usual = refused;
    await fail(3, () => store.increment('k'));
    link.usual = answers(1);
    const calls = () => Promise.all(Array.from({ length: count }, () => store.increment('k')));
    await expect(calls()).rejects.toMatchObject({ code: 'BREAKER_OPEN', node: 'old' });
    owner = 'new';
    expect(await calls()).toEqual(Array(count).fill(1n));
  });

  it('does not end a call between attempts for which another node took over', async () => {
    let owner = 'old';
    const again = { ...config, retry: { total: 3, minWait: 500, maxWait: 500 } };
    const { store, link, clock } = fakeStore(again, new FakeLink({ crossSlot: false, nodeOf: () => owner }));
    link.usual = refused;
    const waiting = store.increment('k');
    await clock.advanceAsync(250);
    link.usual = breaks('connection', true);
    await fail(3, () => store.command('PING'));
    await expect(store.command('PING')).rejects.toMatchObject({ code: 'BREAKER_OPEN' });
    owner = 'new';
    link.usual = answers(1);
    await clock.advanceAsync(500);
    expect(await waiting).toBe(1n);
  });

  it.each([1, 2])('lets %i probes that another node answered be followed by others', async (count) => {
    let owner = 'old';
    const { store, link, clock, told } = fakeStore(config, new FakeLink({ crossSlot: false, nodeOf: () => owner }));
    link.usual = refused;
    await fail(3, () => store.increment('k'));
    clock.advance(2_000);
    link.usual = () => {
      owner = 'new';
      return new LinkError('timeout', 'no answer', { node: 'new', maybeExecuted: true });
    };
    await Promise.all(Array.from({ length: count }, () => fail(1, () => store.increment('k'))));
    owner = 'old';
    link.usual = answers(1);
    expect(await store.increment('k')).toBe(1n);
    expect(told.lines.filter((line) => line.startsWith('old')).at(-1)).toBe('old closed');
  });

  it('is off with failures = 0', async () => {
    const { store, link } = fakeStore({ ...config, breaker: { failures: 0, openFor: 1 } });
    link.usual = refused;
    await fail(20, () => store.get('k'));
    expect(link.sent).toHaveLength(20);
  });
});

describe('close', () => {
  it.each(Object.entries(operations))('ends %s that waits with CLOSED', async (_, operation) => {
    const { store, link, clock } = fakeStore();
    link.usual = silence;
    const waiting = operation(store).catch((error: StoreError) => error.code);
    await clock.advanceAsync(0);
    await store.close();
    expect(await waiting).toBe('CLOSED');
    await expect(operation(store)).rejects.toMatchObject({ code: 'CLOSED', attempts: 0 });
    await store.close();
    expect(link.closed).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('ends a wait between attempts', async () => {
    const { store, link, clock } = fakeStore();
    link.usual = breaks('connection', false);
    const waiting = store.set('k', 'v').catch((error: StoreError) => error.code);
    await clock.advanceAsync(1);
    await store.close();
    expect(await waiting).toBe('CLOSED');
  });
});

describe('errors', () => {
  it('hold nothing that a server echoed', async () => {
    const { store, link } = fakeStore();
    link.usual = refuses(`ERR unknown command 'AUTH2', with args beginning with: 's3cret' 'more'\r\nX`);
    const error = await store.command('AUTH2', 's3cret').catch((e: StoreError) => e);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('s3cret');
    expect(error).toMatchObject({
      code: 'REPLY',
      operation: 'command',
      store: 'test',
      node: 'fake:1',
      temporary: false,
    });
    expect((error as StoreError).message).toBe('store "test" at fake:1: command: ERR unknown command …');
  });

  it('do not carry what a link has attached', async () => {
    const { store, link } = fakeStore();
    link.usual = () => {
      throw Object.assign(new TypeError('boom'), { command: { args: ['s3cret'] } });
    };
    const error = await store.set('k', 's3cret').catch((e: StoreError) => e);
    expect(error).toMatchObject({ code: 'UNREACHABLE', indeterminate: true, attempts: 1 });
    expect((error as StoreError).cause).toBeUndefined();
  });

  it('are OVERLOADED when too many wait', async () => {
    const { store, link } = fakeStore();
    link.usual = silence;
    const waiting = Array.from({ length: 65_536 }, () => store.get('k').catch((error: StoreError) => error.code));
    await expect(store.get('k')).rejects.toMatchObject({ code: 'OVERLOADED', attempts: 0, temporary: true });
    await store.close();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['CLOSED']));
  });
});

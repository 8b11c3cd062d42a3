import { describe, expect, it } from 'vitest';
import type { StoreError } from '../../../src/core/errors.js';
import type { Reply } from '../../../src/resp/reply.js';
import type { LinkStore } from '../../../src/stores/link-store.js';
import type { NearCacheObserver } from '../../../src/stores/observer.js';
import { breaks, type FakeLink } from '../../harness/fake-link.js';
import { fakeStore } from './harness.js';

const TTL = 60_000;

/** A store whose servers tell of every change, unless the test says otherwise. */
async function nearStore({ maxEntries = 100, keyPrefix = '', told = true } = {}) {
  const counts = { hits: 0, misses: 0, kept: 0, invalidated: 0, dropped: 0 };
  const nearCache: NearCacheObserver = {
    hit: () => void counts.hits++,
    miss: () => void counts.misses++,
    kept: (left) => void (counts.kept = left),
    invalidated: (count) => void (counts.invalidated += count),
    dropped: (count) => void (counts.dropped += count),
  };
  const made = fakeStore({ keyPrefix, nearCache: { maxEntries, ttl: TTL } }, undefined, { nearCache });
  await made.store.get('the first get has the servers asked to tell');
  const { changes, prefix } = made.link.tracked!;
  if (told) changes.told(true);
  counts.misses = 0;
  return { ...made, counts, prefix, changes: { ...changesOf(made.link) } };
}

function changesOf(link: FakeLink) {
  const { changes } = link.tracked!;
  return {
    told: (complete: boolean) => changes.told(complete),
    changed: (...keys: string[]) => changes.changed(keys.map((key) => Buffer.from(key))),
    all: () => changes.changed(undefined),
  };
}

/** How often the server was asked for the key from now on. */
function askedFor(link: FakeLink, key: string): () => number {
  const from = link.sent.length;
  const names = (words: readonly unknown[]) => words.map(String);
  return () => link.sent.slice(from).filter(([name, ...keys]) => /GET$/.test(name) && names(keys).includes(key)).length;
}

/** A command that the server has executed and whose reply is still on its way. */
function heldBack(link: FakeLink): (reply: Reply) => void {
  let arrive: (reply: Reply) => void = () => {};
  const reply = new Promise<Reply>((resolve) => {
    arrive = resolve;
  });
  link.plan(() => reply);
  return arrive;
}

/** Until what waited in this turn has been sent. */
const sent = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a near cache', () => {
  it('answers again what was answered, found or not, by text and by bytes', async () => {
    const { store, link, counts } = await nearStore();
    link.data.set('grüße', Buffer.from('1')).set('empty', Buffer.from(''));
    const asked = ['grüße', 'empty', 'none'].map((key) => askedFor(link, key));
    for (const expected of [1, 1, 1]) {
      expect(await store.getText('grüße')).toBe('1');
      expect(await store.get(Buffer.from('grüße'))).toEqual(Buffer.from('1'));
      expect(await store.getMany(['empty', 'none'])).toEqual([Buffer.alloc(0), null]);
      expect(asked.map((count) => count())).toEqual([expected, expected, expected]);
    }
    expect(counts).toMatchObject({ hits: 9, misses: 3, kept: 3 });
  });

  it('answers those who are told instead of promised, and GET as a command', async () => {
    const { store, link } = await nearStore();
    link.data.set('a', Buffer.from('1'));
    const asked = askedFor(link, 'a');
    const toldOf = () => new Promise<Buffer | null | StoreError>((resolve) => store.tell('a', resolve, resolve));
    expect(String(await toldOf())).toBe('1');
    expect(String(await toldOf())).toBe('1');
    expect(String(await store.command('get', 'a'))).toBe('1');
    expect(asked()).toBe(1);
    await store.close();
    expect(await toldOf()).toMatchObject({ code: 'CLOSED' });
    await expect(store.get('a')).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('gives every caller bytes of its own', async () => {
    const { store, link } = await nearStore();
    link.data.set('a', Buffer.from('1'));
    for (let i = 0; i < 3; i++) {
      const value = await store.get('a');
      expect(String(value)).toBe('1');
      value!.write('X');
    }
  });

  it('has at most so many answers, the least recently used goes first', async () => {
    const { store, link } = await nearStore({ maxEntries: 2 });
    for (const key of ['a', 'b', 'a', 'c']) await store.get(key);
    const [a, b] = [askedFor(link, 'a'), askedFor(link, 'b')];
    await store.get('a');
    await store.get('b');
    expect([a(), b()]).toEqual([0, 1]);
  });

  it('does not keep what is large', async () => {
    const { store, link } = await nearStore();
    const key = 'k'.repeat(1025);
    link.data.set('a', Buffer.alloc(65_537)).set(key, Buffer.from('1'));
    const asked = [askedFor(link, 'a'), askedFor(link, key)];
    for (let i = 0; i < 2; i++) await Promise.all([store.get('a'), store.get(key)]);
    expect(asked.map((count) => count())).toEqual([2, 2]);
  });

  it('asks anew when the time is over, counted from when it was asked for', async () => {
    const { store, link, clock } = await nearStore();
    const arrive = heldBack(link);
    const first = store.get('a');
    await sent();
    clock.advance(500);
    arrive(null);
    await first;
    const asked = askedFor(link, 'a');
    // Up to a sixteenth of the time earlier, never later.
    clock.advance((TTL * 14) / 16 - 500);
    await store.get('a');
    expect(asked()).toBe(0);
    clock.advance((TTL * 2) / 16);
    await store.get('a');
    expect(asked()).toBe(1);
  });

  it('does not keep failures', async () => {
    const { store, link } = await nearStore();
    link.otherTypes.add('a');
    for (let i = 0; i < 2; i++) await expect(store.get('a')).rejects.toMatchObject({ code: 'WRONG_TYPE' });
    link.otherTypes.clear();
    link.data.set('a', Buffer.from('1'));
    expect(await store.getText('a')).toBe('1');
  });

  it('of a store with a prefix is told of the prefix, and knows whole keys', async () => {
    const { store, link, prefix, changes } = await nearStore({ keyPrefix: 'mail:' });
    expect(prefix).toBe('mail:');
    await store.get('a');
    const asked = askedFor(link, 'mail:a');
    expect(await store.command('GET', 'mail:a')).toBeNull();
    expect(asked()).toBe(0);
    // Nobody tells of keys without the prefix.
    const other = askedFor(link, 'a');
    for (let i = 0; i < 2; i++) await store.command('GET', 'a');
    expect(other()).toBe(2);
    changes.changed('mail:a');
    await store.get('a');
    expect(asked()).toBe(1);
  });

  it('asks primaries, since a replica may not have what was told', async () => {
    const { store, link } = await nearStore();
    const readOnly: unknown[] = [];
    link.usual = (command, options) => {
      readOnly.push(options.readOnly);
      return command[0] === 'MGET' ? [null, null] : command[0] === 'EXISTS' ? 0 : null;
    };
    await store.get('a');
    await store.getMany(['b', 'c']);
    expect(new Set(readOnly)).toEqual(new Set([false]));
  });

  it('is not asked by counters and limits', async () => {
    const { store, link } = await nearStore();
    link.data.set('n', Buffer.from('1'));
    await store.get('n');
    link.data.set('n', Buffer.from('2'));
    expect(await store.counter('n')).toBe(2n);
  });
});

describe('what is told', () => {
  it('is forgotten: a key, several, or all', async () => {
    const { store, link, changes, counts } = await nearStore();
    const [a, b, c] = ['a', 'b', 'c'].map((key) => askedFor(link, key));
    const getAll = () => store.getMany(['a', 'b', 'c']);
    await getAll();
    changes.changed('a', 'never read');
    await getAll();
    expect([a!(), b!(), c!()]).toEqual([2, 1, 1]);
    changes.changed('a', 'b');
    await getAll();
    expect([a!(), b!(), c!()]).toEqual([3, 2, 1]);
    expect(counts).toMatchObject({ invalidated: 3, dropped: 0 });
    changes.all();
    await getAll();
    expect([a!(), b!(), c!()]).toEqual([4, 3, 2]);
    expect(counts).toMatchObject({ invalidated: 3, dropped: 3 });
  });

  it('while the answer is on its way keeps that from being kept', async () => {
    const { store, link, changes } = await nearStore();
    for (const tell of [() => changes.changed('a'), () => changes.all()]) {
      const arrive = heldBack(link);
      const old = store.getText('a');
      await sent();
      link.data.set('a', Buffer.from('new'));
      tell();
      arrive(Buffer.from('old'));
      expect(await old).toBe('old');
      expect(await store.getText('a')).toBe('new');
      changes.changed('a');
    }
  });

  it('before another asks for the same key spoils the answer of the first only', async () => {
    const { store, link, changes } = await nearStore();
    const arriveOld = heldBack(link);
    const old = store.getText('a');
    await sent();
    changes.changed('a');
    const arriveNew = heldBack(link);
    const current = store.getText('a');
    await sent();
    arriveNew(Buffer.from('new'));
    expect(await current).toBe('new');
    arriveOld(Buffer.from('old'));
    expect(await old).toBe('old');
    const asked = askedFor(link, 'a');
    expect(await store.getText('a')).toBe('new');
    expect(asked()).toBe(0);
  });

  it('soon keeps neither of two answers that differ', async () => {
    const { store, link } = await nearStore();
    const arriveFirst = heldBack(link);
    const first = store.getText('a');
    await sent();
    const arriveSecond = heldBack(link);
    const second = store.getText('a');
    await sent();
    arriveSecond(Buffer.from('new'));
    arriveFirst(Buffer.from('old'));
    expect(await Promise.all([first, second])).toEqual(['old', 'new']);
    const asked = askedFor(link, 'a');
    await store.get('a');
    await store.get('a');
    expect(asked()).toBe(1);
  });

  it('is nothing that can be relied on until it is complete', async () => {
    const { store, link, changes } = await nearStore({ told: false });
    const asked = askedFor(link, 'a');
    await store.get('a');
    await store.get('a');
    expect(asked()).toBe(2);
    // Asked for before it was complete.
    const arrive = heldBack(link);
    const early = store.get('a');
    await sent();
    changes.told(true);
    arrive(null);
    await early;
    await store.get('a');
    expect(asked()).toBe(4);
    await store.get('a');
    expect(asked()).toBe(4);
  });

  it('takes everything along when it ends, also what is on its way', async () => {
    const { store, link, changes, counts } = await nearStore();
    await store.get('a');
    const arrive = heldBack(link);
    const underWay = store.get('b');
    await sent();
    changes.told(false);
    changes.told(true);
    arrive(null);
    await underWay;
    const [a, b] = [askedFor(link, 'a'), askedFor(link, 'b')];
    await store.getMany(['a', 'b']);
    expect([a(), b()]).toEqual([1, 1]);
    expect(counts.dropped).toBe(1);
  });
});

describe('an own change', () => {
  const changes: Readonly<Record<string, (store: LinkStore) => Promise<unknown>>> = {
    set: (store) => store.set('a', 'new'),
    delete: (store) => store.delete('x', 'a'),
    increment: (store) => store.increment('a'),
    'increment with a ttl': (store) => store.increment('a', 1, { ttl: '1m' }),
    expire: (store) => store.expire('a', '1m'),
    transact: (store) => store.transact([{ kind: 'delete', key: 'a' }]),
    'counter with a window': (store) => store.ttlCounter('a', 1, 5, '1m'),
    'a command': (store) => store.command('APPEND', 'a', 'x'),
    'a command in small letters': (store) => store.command('set', Buffer.from('a'), 'x'),
    'a command whose keys are not known': (store) => store.command('NEWCOMMAND', 'a'),
    'everything deleted': (store) => store.command('FLUSHALL'),
    'a pipeline': (store) =>
      store.pipeline([
        ['GET', 'a'],
        ['SET', 'b', '1'],
        ['SET', 'a', '1'],
      ]),
    'a script': (store) => store.command('EVAL', 'return 1', 1, 'a'),
  };

  it.each(Object.entries(changes))('%s: is seen by who has made it, before anything is told', async (_, change) => {
    const { store, link } = await nearStore();
    await store.get('a');
    link.usual = ([name]) => (name === 'EVAL' ? [1, 1, 0] : name === 'EVALSHA' ? [1, 1, 0] : 1);
    await change(store).catch(() => {});
    link.usual = () => Buffer.from('current');
    const asked = askedFor(link, 'a');
    expect(await store.getText('a')).toBe('current');
    expect(asked()).toBe(1);
  });

  it('that fails may have been made', async () => {
    const { store, link } = await nearStore();
    await store.get('a');
    link.plan(breaks('connection', true));
    await store.increment('a').catch(() => {});
    const asked = askedFor(link, 'a');
    await store.get('a');
    expect(asked()).toBe(1);
  });

  it('while an answer is on its way keeps that from being kept', async () => {
    const { store, link } = await nearStore();
    const arrive = heldBack(link);
    const old = store.getText('a');
    await sent();
    await store.set('a', 'new');
    arrive(Buffer.from('old'));
    await old;
    expect(await store.getText('a')).toBe('new');
  });

  it('is none that only reads', async () => {
    const { store, link } = await nearStore();
    await store.get('a');
    const asked = askedFor(link, 'a');
    link.usual = () => 1;
    await store.exists('a');
    await store.ttl('a');
    await store.command('PING');
    await store.command('object', 'encoding', 'a');
    await store.pipeline([['STRLEN', 'a'], ['DBSIZE']]);
    await store.get('a');
    expect(asked()).toBe(0);
  });
});

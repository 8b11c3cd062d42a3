import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../src/core/errors.js';
import { Double, type Reply, VerbatimText } from '../../../src/resp/reply.js';
import type { LookupStore } from '../../../src/stores/store.js';
import { ManualClock } from '../../../src/testing/clock.js';
import { answers, FakeLink } from '../../harness/fake-link.js';
import { FakeRedis } from '../../harness/fake-redis.js';
import { loopback, testLink } from '../../harness/links.js';
import { fakeStore } from './harness.js';

/** One of each kind that a connection can bring. */
const REPLIES = {
  null: null,
  bulk: Buffer.from('7'),
  OK: 'OK',
  text: 'text',
  zero: 0,
  seven: 7,
  big: 2n ** 62n,
  true: true,
  double: new Double(1),
  verbatim: new VerbatimText('txt', '7'),
  'empty array': [],
  'one integer': [1],
  'three integers': [1, 2, 3],
  'three texts': ['a', 'b', 'c'],
  'an array in an array': [[1]],
  'an attempt': [[1, 2, 3, 4]],
  'a cursor without keys': [Buffer.from('0'), null],
  'a cursor and no array': [Buffer.from('0'), 7],
  'a cursor and integers': [Buffer.from('0'), [7]],
  map: new Map<Reply, Reply>([[Buffer.from('a'), 1]]),
  set: new Set<Reply>([1]),
} satisfies Record<string, Reply>;

type Kind = keyof typeof REPLIES;
type Operation = (store: LookupStore, key: string) => Promise<unknown>;

/** Each operation with the kinds of reply that it can have. */
const OPERATIONS: readonly [string, Operation, readonly Kind[]][] = [
  ['get', (store, key) => store.get(key), ['null', 'bulk']],
  ['getText', (store, key) => store.getText(key), ['null', 'bulk']],
  ['hashGet', (store, key) => store.hashGet(key, 'f'), ['null', 'bulk']],
  ['set', (store, key) => store.set(key, 'v'), ['null', 'OK']],
  ['delete', (store, key) => store.delete(key), ['zero', 'seven', 'big']],
  ['exists', (store, key) => store.exists(key), ['zero']],
  ['setHas', (store, key) => store.setHas(key, 'm'), ['zero']],
  ['expire', (store, key) => store.expire(key, 1000), ['zero']],
  ['ttl', (store, key) => store.ttl(key), ['zero', 'seven', 'big']],
  ['publish', (store, key) => store.publish(key, 'm'), ['zero', 'seven', 'big']],
  ['increment', (store, key) => store.increment(key), ['zero', 'seven', 'big']],
  ['increment with a ttl', (store, key) => store.increment(key, 1, { ttl: 1000 }), ['zero', 'seven', 'big', 'bulk']],
  ['counter', (store, key) => store.counter(key), ['null', 'bulk']],
  ['tryLock', (store, key) => store.tryLock(key, 1000), ['null', 'zero', 'seven', 'big', 'bulk']],
  ['ttlCounter', (store, key) => store.ttlCounter(key, 1, 5, 1000), ['three integers']],
  ['rateLimit', (store, key) => store.rateLimit(key, '5/1m'), ['one integer']],
  ['rateLimit, only looking', (store, key) => store.rateLimit(key, '5/1m', { soft: true }), ['null', 'bulk']],
  ['greylist', (store, key) => store.greylist(key), ['an attempt']],
  ['a leaky bucket', (store, key) => store.rateLimit(key, '5/1m', { algorithm: 'leaky-bucket' }), ['three integers']],
  ['scan', (store, key) => store.scan(key)[Symbol.asyncIterator]().next(), []],
  ['deletePrefix', (store, key) => store.deletePrefix(key), []],
];

const kinds = Object.keys(REPLIES) as Kind[];
const ended = (call: Promise<unknown>) =>
  call.then(
    () => 'answered',
    (error: unknown) => (error instanceof StoreError ? `${error.code}: ${error.message}` : error),
  );

describe('a reply of another shape', () => {
  it.each(OPERATIONS)('fails %s', async (_, operation, possible) => {
    for (const kind of kinds) {
      const { store, link } = fakeStore();
      link.usual = answers(REPLIES[kind]);
      const end = await ended(operation(store, 'k'));
      if (possible.includes(kind)) expect([kind, end]).toEqual([kind, 'answered']);
      else expect([kind, end]).toEqual([kind, expect.stringMatching(/^REPLY: .*unexpected reply/)]);
    }
  });

  it.each(OPERATIONS)('fails %s sent with others, each for itself', async (_, operation, possible) => {
    for (const kind of kinds) {
      const { store, link } = fakeStore({}, new FakeLink({ crossSlot: false }));
      link.usual = answers(REPLIES[kind]);
      const ends = await Promise.all(['a', 'b', 'a'].map((key) => ended(operation(store, key))));
      const expected = possible.includes(kind) ? 'answered' : expect.stringMatching(/^REPLY: .*unexpected reply/);
      expect([kind, ...ends]).toEqual([kind, expected, expected, expected]);
    }
  });

  it('in one of many fails that one', async () => {
    const { store, link, told } = fakeStore({}, new FakeLink({ crossSlot: false }));
    link.plan(answers(Buffer.from('1')), answers(7), answers(null));
    const ends = await Promise.all(['a', 'b', 'c'].map((key) => ended(store.get(key))));
    expect(ends).toEqual(['answered', 'REPLY: store "test" at fake:1: get: unexpected reply', 'answered']);
    expect(told.lines).toEqual(['get REPLY 1', 'get ok 2']);
  });

  it.each<[string, Reply, Reply]>([
    ['no array', 7, 0],
    ['fewer values than keys', [null], 0],
    ['more values than keys', [null, null, null], 0],
    ['a value that is none', [null, 7], 0],
    ['no count of those that exist', [null, null], Buffer.from('0')],
    ['a missing count', [null, null], null],
  ])('to gets of one turn fails them: %s', async (_, values, existing) => {
    const { store, link, told } = fakeStore();
    link.plan(answers(values), answers(existing));
    const ends = await Promise.all(['a', 'b'].map((key) => ended(store.get(key))));
    expect(new Set(ends)).toEqual(new Set(['REPLY: store "test" at fake:1: get: unexpected reply']));
    expect(told.lines).toEqual(['get REPLY 2']);
  });

  it('to a get that is asked again alone fails it', async () => {
    const { store, link } = fakeStore();
    link.plan(answers([Buffer.from('1'), null]), answers(2), answers(7));
    expect(await Promise.all(['a', 'b'].map((key) => ended(store.get(key))))).toContainEqual(
      expect.stringMatching(/^REPLY/),
    );
  });

  it('to rate limits of one turn fails them', async () => {
    const { store, link } = fakeStore();
    link.plan(answers([1]));
    const ends = await Promise.all(['a', 'b'].map((key) => ended(store.rateLimit(key, '5/1m'))));
    expect(ends).toEqual(
      Array(2).fill(expect.stringMatching(/^REPLY: .*unexpected reply; it may have been executed$/)),
    );
  });

  it('tells a node that does not answer PING with PONG as unreachable', async () => {
    const { store, link } = fakeStore();
    link.usual = answers(7);
    expect(await store.ping()).toMatchObject([
      { status: 'unreachable', error: expect.stringMatching('unexpected reply') },
    ]);
  });

  it('is temporary, is not asked for again, and leaves open whether a write ran', async () => {
    const { store, link, told } = fakeStore();
    link.usual = answers([1]);
    const failure = { code: 'REPLY', temporary: true, attempts: 1 };
    await expect(store.get('k')).rejects.toMatchObject({ ...failure, indeterminate: false });
    await expect(store.increment('k')).rejects.toMatchObject({ ...failure, indeterminate: true });
    expect(link.sent).toHaveLength(2);
    expect(told.lines).toEqual(['get REPLY 1', 'increment REPLY 1']);
  });
});

describe('over a connection', () => {
  it.each([':1\r\n', '+OK\r\n', '*0\r\n', '%1\r\n+a\r\n:1\r\n', '#t\r\n', ',1.5\r\n', '(12\r\n', '=5\r\ntxt:1\r\n'])(
    'a get answered by %j is a StoreError',
    async (bytes) => {
      const redis = await FakeRedis.start(([name]) => (name === 'GET' ? bytes : undefined));
      // A clock as still as the store's: by another one its deadlines have passed, which counts from the first 25 ms on.
      const link = testLink({ endpoints: [loopback(redis.port)] }, new ManualClock());
      const { store } = fakeStore({}, link);
      try {
        await expect(store.get('k')).rejects.toMatchObject({ name: 'StoreError', code: 'REPLY', node: redis.name });
      } finally {
        await store.close();
        await redis.close();
      }
    },
  );
});

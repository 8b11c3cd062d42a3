import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';
import { Dictionary, type Iteration } from '../../../src/lookups/dict/dictionary.js';
import { openStore } from '../../../src/stores/factory.js';
import { ManualClock, startFaultProxy, startServer } from '../../../src/testing/index.js';

const CONFIG = { id: 'd', store: 's', prefix: 'p/', shared: [], write: true, expire: 0 };
const ALL: Iteration = {
  paths: ['shared/'],
  user: '',
  recursive: true,
  exact: false,
  noValue: false,
  sortBy: 'key',
  maxRows: 0,
};

async function opened(config: Partial<typeof CONFIG> = {}) {
  const clock = new ManualClock();
  const store = await openStore({ type: 'embedded' }, { clock });
  return { clock, store, dict: new Dictionary({ ...CONFIG, ...config }, store, clock) };
}

describe('what is written', () => {
  test.each([
    ['for ever', 0, 0, null],
    ['as Dovecot says', 0, 60_000, 60_000],
    ['as the configuration says', 30_000, 0, 30_000],
    ['as Dovecot says before the configuration', 30_000, 60_000, 60_000],
  ])('lives %s', async (_, expire, asked, lives) => {
    const { clock, store, dict } = await opened({ expire });
    await using _closed = store;
    await dict.commit('ann', [{ kind: 'set', path: 'priv/x', value: '1' }], asked);
    await dict.commit('ann', [{ kind: 'increment', path: 'priv/x', by: 1n }], asked);
    clock.jump(clock.now() + (lives ?? 1e12) - 1);
    expect(await dict.lookup('priv/x', 'ann')).toEqual({ kind: 'found', value: Buffer.from('2') });
    clock.jump(clock.now() + 1);
    expect((await dict.lookup('priv/x', 'ann')).kind).toBe(lives === null ? 'found' : 'notFound');
  });
});

describe('a transaction', () => {
  test('does nothing when one of its keys is refused', async () => {
    const { store, dict } = await opened();
    await using _closed = store;
    const committed = await dict.commit(
      '',
      [
        { kind: 'set', path: 'shared/x', value: '1' },
        { kind: 'unset', path: 'priv/y' },
      ],
      0,
    );
    expect(committed).toEqual({ kind: 'failed', reason: 'a private key needs a user' });
    expect(await dict.lookup('shared/x', '')).toEqual({ kind: 'notFound' });
  });
});

describe('a commit whose answer is lost', () => {
  test.each([
    ['is uncertain when it adds', { kind: 'increment', path: 'shared/n', by: 1n } as const, 'uncertain', '2'],
    ['is made again when it sets', { kind: 'set', path: 'shared/n', value: '7' } as const, 'ok', '7'],
  ])('%s', async (_, change, kind, value) => {
    await using server = await startServer();
    await using proxy = await startFaultProxy({ target: { port: server.port } });
    await using store = await openStore({ type: 'redis', url: `redis://127.0.0.1:${proxy.port}` });
    const dict = new Dictionary(CONFIG, store, systemClock);
    await dict.commit('', [{ kind: 'set', path: 'shared/n', value: '1' }], 0);
    proxy.inject({ command: 'evalsha', fault: { kind: 'drop-after' } });
    expect((await dict.commit('', [change], 0)).kind).toBe(kind);
    expect(String(server.session.run('GET', 'p/n'))).toBe(value);
  });
});

describe('listing', () => {
  test('passes over what is no text and what is not of this dictionary', async () => {
    const { store, dict } = await opened();
    await using _closed = store;
    await store.set('p/text', 'v');
    await store.set('p/ann/private', 'v');
    await store.set('q/other', 'v');
    await store.command('RPUSH', 'p/list', 'v');
    expect(await dict.iterate(ALL)).toEqual({ kind: 'rows', rows: [{ path: 'shared/text', value: 'v' }] });
    expect((await dict.lookup('shared/list', '')).kind).toBe('permanent');
  });

  test('finds many keys, all of them or as many as are asked for', async () => {
    const { store, dict } = await opened();
    await using _closed = store;
    await Promise.all(Array.from({ length: 1_700 }, (_, i) => store.set(`p/k${i}`, `${i}`)));
    const listed = await dict.iterate(ALL);
    expect(listed.kind === 'rows' && new Set(listed.rows.map(({ value }) => value)).size).toBe(1_700);
    const some = await dict.iterate({ ...ALL, maxRows: 1_200, sortBy: undefined });
    expect(some.kind === 'rows' && some.rows.length).toBe(1_200);
  });

  test('fails rather than leaving something out', async () => {
    const { store, dict } = await opened();
    await using _closed = store;
    const value = Buffer.alloc(1_000_000, 'v');
    await Promise.all(Array.from({ length: 17 }, (_, i) => store.set(`p/k${i}`, value)));
    expect(await dict.iterate(ALL)).toEqual({ kind: 'permanent', reason: 'there is more than 16777216 bytes to list' });
    expect((await dict.iterate({ ...ALL, noValue: true })).kind).toBe('rows');
  });

  test('ends with an unknown answer when the store fails', async () => {
    const { store, dict } = await opened();
    await store.close();
    expect((await dict.iterate(ALL)).kind).toBe('temporary');
    expect((await dict.commit('', [{ kind: 'set', path: 'shared/x', value: '' }], 0)).kind).toBe('failed');
  });
});

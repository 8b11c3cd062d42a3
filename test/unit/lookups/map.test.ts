import { describe, expect, test } from 'vitest';
import type { MapConfig } from '../../../src/config/model.js';
import type { Outcome } from '../../../src/core/outcome.js';
import { ConfiguredMap } from '../../../src/lookups/map.js';
import { StaticList } from '../../../src/lookups/static-list.js';
import { StoreSource } from '../../../src/lookups/store-source.js';
import { MemoryStore } from '../../harness/memory-store.js';

const DEFAULTS: MapConfig = {
  id: 'map',
  sources: [],
  key: '%s',
  operation: 'get',
  field: undefined,
  member: undefined,
  expand: ['full'],
  recipientDelimiter: '+',
  foldCase: false,
  cache: undefined,
};

const ADDRESS = ['full', 'no-extension', 'domain'] as const;

function mapOf(config: Partial<MapConfig>, ...stores: MemoryStore[]): ConfiguredMap {
  const whole = { ...DEFAULTS, ...config };
  return new ConfiguredMap(
    whole,
    stores.map((store) => new StoreSource(store.store, whole.operation)),
  );
}

test("a static list beside a store is asked the bare key, the template is the store's", async () => {
  const store = new MemoryStore('redis');
  await store.store.set('alias:ann@example.com', 'stored');
  const list = new StaticList('vip', new Map([['ceo@example.com', '1']]));
  const config: MapConfig = {
    ...DEFAULTS,
    key: 'alias:%s',
    sources: [
      { kind: 'lookup', id: 'vip' },
      { kind: 'store', id: 'redis' },
    ],
  };
  const map = new ConfiguredMap(config, [list, new StoreSource(store.store, 'get')]);
  expect(await lookup(map, 'ceo@example.com')).toBe('found 1');
  expect(await lookup(map, 'ann@example.com')).toBe('found stored');
  expect(await lookup(map, 'nobody@example.com')).toBe('notFound');
});

async function lookup(map: ConfiguredMap, key: string): Promise<string> {
  return show(await map.lookup(Buffer.from(key)));
}

function show(outcome: Outcome): string {
  if (outcome.kind === 'found') return `found ${outcome.value.toString()}`;
  return outcome.kind === 'notFound' ? 'notFound' : `${outcome.kind} ${outcome.reason}`;
}

describe('one source', () => {
  test('one key is one get, several are one getMany', async () => {
    const store = new MemoryStore('s', { '@d': 'domain' });
    expect(await lookup(mapOf({}, store), 'user+x@d')).toBe('notFound');
    expect(await lookup(mapOf({ expand: ADDRESS }, store), 'user+x@d')).toBe('found domain');
    expect(store.calls).toEqual([
      ['get', 'user+x@d'],
      ['getMany', 'user+x@d', 'user@d', '@d'],
    ]);
  });

  test('the first key that is there wins, an empty value too', async () => {
    const store = new MemoryStore('s', { 'user@d': '', '@d': 'domain' });
    expect(await lookup(mapOf({ expand: ADDRESS }, store), 'user+x@d')).toBe('found ');
  });

  test('keys are folded before they are expanded, and put into the template after', async () => {
    const store = new MemoryStore('s');
    await lookup(mapOf({ expand: ADDRESS, foldCase: true, key: 'K:%s' }, store), 'User+X@D');
    expect(store.calls).toEqual([['getMany', 'K:user+x@d', 'K:user@d', 'K:@d']]);
  });

  test('keys that a template makes equal are asked once', async () => {
    const store = new MemoryStore('s');
    await lookup(mapOf({ expand: ADDRESS, key: '%d' }, store), 'user+x@d');
    expect(store.calls).toEqual([['get', 'd']]);
  });

  test('a key no template takes is not found, and not asked for', async () => {
    const store = new MemoryStore('s');
    expect(await lookup(mapOf({ key: '%d' }, store), 'user')).toBe('notFound');
    expect(store.calls).toEqual([]);
  });

  test.each([
    ['exists', {}, ['exists', 'user@d'], { 'user@d': 'x' }],
    ['hget', { key: 'h:%d', field: '%u' }, ['hashGet', 'h:d', 'user'], { 'h:d user': '1' }],
    ['member', { key: 'vips' }, ['setHas', 'vips', 'user@d'], { 'vips user@d': '' }],
    ['member', { key: 'vips', member: '%u' }, ['setHas', 'vips', 'user'], { 'vips user': '' }],
  ] as const)('%s with %o', async (operation, config, call, entries) => {
    const store = new MemoryStore('s', entries as unknown as Record<string, string>);
    const map = mapOf({ operation, ...config }, store);
    expect(await lookup(map, 'user@d')).toBe('found 1');
    store.values.clear();
    expect(await lookup(map, 'user@d')).toBe('notFound');
    expect(store.calls).toEqual([call, call]);
  });

  test('a store that fails is temporary, and says which it was', async () => {
    const store = new MemoryStore('s', { 'user@d': 'x' });
    store.failure = 'TIMEOUT';
    expect(await lookup(mapOf({}, store), 'user@d')).toBe('temporary store "s": get: timeout');
    expect(await lookup(mapOf({ expand: ADDRESS }, store), 'user+x@d')).toMatch(/^temporary/);
    expect(await lookup(mapOf({ operation: 'exists', expand: ADDRESS }, store), 'user+x@d')).toMatch(/^temporary/);
  });

  test('a key of the wrong type is permanent, but does not hide a more specific one', async () => {
    const store = new MemoryStore('s', { 'user+x@d': 'found' });
    store.wrongTypes.add('user@d');
    const map = mapOf({ expand: ADDRESS }, store);
    expect(await lookup(map, 'user@d')).toMatch(/^permanent/);
    expect(await lookup(map, 'user+y@d')).toMatch(/^permanent/);
    expect(await lookup(map, 'user+x@d')).toBe('found found');
  });
});

describe('several sources', () => {
  const key = 'user+x@d';

  test('the first that has an answer gives it, and later ones are not asked', async () => {
    const [first, second] = [new MemoryStore('1', { '@d': 'first' }), new MemoryStore('2', { [key]: 'second' })];
    expect(await lookup(mapOf({ expand: ADDRESS }, first, second), key)).toBe('found first');
    expect(second.calls).toEqual([]);
    first.values.clear();
    expect(await lookup(mapOf({ expand: ADDRESS }, first, second), key)).toBe('found second');
  });

  test('what the first does not know, the second cannot hide', async () => {
    const [first, second] = [new MemoryStore('1'), new MemoryStore('2', { [key]: 'second' })];
    first.failure = 'UNREACHABLE';
    expect(await lookup(mapOf({}, first, second), key)).toMatch(/^temporary store "1"/);
  });

  test('a failure of the second does not matter to what the first has', async () => {
    const [first, second] = [new MemoryStore('1', { [key]: 'first' }), new MemoryStore('2')];
    second.failure = 'UNREACHABLE';
    expect(await lookup(mapOf({}, first, second), key)).toBe('found first');
    expect(await lookup(mapOf({}, first, second), 'other')).toMatch(/^temporary store "2"/);
  });

  test('a static list before a store', async () => {
    const store = new MemoryStore('s', { 'x@d': 'store' });
    const list = new StaticList('vip', new Map([['ceo@d', '1']]));
    const map = new ConfiguredMap(DEFAULTS, [list, new StoreSource(store.store, 'get')]);
    expect(await lookup(map, 'ceo@d')).toBe('found 1');
    expect(await lookup(map, 'x@d')).toBe('found store');
  });
});

test('explain tells every key that was tried, up to the one that decided', async () => {
  const [first, second] = [new MemoryStore('1'), new MemoryStore('2', { 'k:user@d': 'yes', 'k:@d': 'no' })];
  const map = mapOf({ expand: ADDRESS, key: 'k:%s' }, first, second);
  const { outcome, tries } = await map.explain(Buffer.from('user+x@d'));
  expect(show(outcome)).toBe('found yes');
  expect(tries.map((one) => [one.source, one.expansion, one.key.toString(), show(one.outcome)])).toEqual([
    ['1', 'full', 'k:user+x@d', 'notFound'],
    ['1', 'no-extension', 'k:user@d', 'notFound'],
    ['1', 'domain', 'k:@d', 'notFound'],
    ['2', 'full', 'k:user+x@d', 'notFound'],
    ['2', 'no-extension', 'k:user@d', 'found yes'],
  ]);
});

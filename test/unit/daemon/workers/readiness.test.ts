import { expect, test } from 'vitest';
import { mergeReadiness } from '../../../../src/daemon/workers/readiness.js';
import type { ListHealth, Readiness, StoreHealth } from '../../../../src/observe/health.js';

function said(stores: readonly StoreHealth[], lists: readonly ListHealth[] = []): Readiness {
  return { ready: true, status: 'ready', stores, lists };
}

function store(id: string, ...statuses: readonly string[]): StoreHealth {
  const nodes = statuses.map((status, i) => ({ node: `n${i}`, role: 'primary', status }));
  return { store: id, state: 'unknown', nodes };
}

test('a node is connected where one of them is', () => {
  const workers = [said([store('r', 'disconnected', 'disconnected')]), said([store('r', 'connected', 'disconnected')])];
  expect(mergeReadiness(said([]), workers).stores).toMatchObject([
    { store: 'r', state: 'degraded', nodes: [{ status: 'connected' }, { status: 'disconnected' }] },
  ]);
});

test('of an embedded store the main process knows better', () => {
  const own = said([{ ...store('e', 'connected'), state: 'up' }]);
  expect(mergeReadiness(own, [said([store('e', 'disconnected')])]).stores).toEqual(own.stores);
});

test('a list is loaded when all have it, and as old as the oldest', () => {
  const loaded = (age: number): ListHealth => ({ list: 'l', state: 'loaded', entries: 1, age });
  expect(mergeReadiness(said([]), [said([], [loaded(3)]), said([], [loaded(5)])])).toMatchObject({
    ready: true,
    lists: [{ state: 'loaded', age: 5 }],
  });
  const loading = said([], [{ list: 'l', state: 'loading' }]);
  expect(mergeReadiness(said([]), [said([], [loaded(3)]), loading])).toMatchObject({
    ready: false,
    status: 'loading',
    lists: [{ state: 'loading' }],
  });
});

test('without a worker, and while it stops, it is not ready', () => {
  expect(mergeReadiness(said([]), []).ready).toBe(false);
  const stopping: Readiness = { ...said([]), ready: false, status: 'stopping' };
  expect(mergeReadiness(stopping, [said([])])).toMatchObject({ ready: false, status: 'stopping' });
});

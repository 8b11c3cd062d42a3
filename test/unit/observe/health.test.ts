import { expect, test } from 'vitest';
import { Health, storeState } from '../../../src/observe/health.js';

test.each([
  [[], 'unknown'],
  [['connected'], 'up'],
  [['disconnected'], 'down'],
  [['connected', 'disconnected'], 'degraded'],
])('nodes %j make the store %s', (statuses, state) => {
  expect(storeState(statuses.map((status) => ({ status })))).toBe(state);
});

test('ready only between start and stop, whatever the stores do', () => {
  const health = new Health();
  health.stores = () => [{ store: 's', state: 'down', nodes: [] }];
  expect(health.report().ready).toBe(false);
  health.status = 'ready';
  expect(health.report()).toEqual({
    ready: true,
    status: 'ready',
    stores: [{ store: 's', state: 'down', nodes: [] }],
    lists: [],
  });
  health.status = 'stopping';
  expect(health.report().ready).toBe(false);
});

test('not ready while a list was never loaded', () => {
  const health = new Health();
  health.lists = () => [{ list: 'l', state: 'loading' }];
  expect(health.report().status).toBe('starting');
  health.status = 'ready';
  expect(health.report()).toMatchObject({ ready: false, status: 'loading' });
  health.lists = () => [{ list: 'l', state: 'loaded', entries: 1, age: 0 }];
  expect(health.report()).toMatchObject({ ready: true, status: 'ready', lists: [{ list: 'l', state: 'loaded' }] });
});

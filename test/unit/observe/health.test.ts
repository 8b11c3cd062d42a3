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
  expect(health.report()).toEqual({ ready: true, status: 'ready', stores: [{ store: 's', state: 'down', nodes: [] }] });
  health.status = 'stopping';
  expect(health.report().ready).toBe(false);
});

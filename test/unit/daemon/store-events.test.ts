import { expect, test } from 'vitest';
import { observeStore } from '../../../src/daemon/store-events.js';
import { Metrics } from '../../../src/observe/metrics.js';
import { recordingLog } from '../../harness/daemon.js';

test('a node that is given up and comes back is told of once each, however many probes fail', () => {
  const { log, logged } = recordingLog();
  const { stores, nearCaches } = new Metrics('1');
  const observer = observeStore('redis', stores.meter('redis'), () => nearCaches.meter('redis'), log);
  for (const state of ['open', 'half-open', 'open', 'half-open', 'open', 'half-open', 'closed', 'open'] as const) {
    observer.breakerChanged('a', state);
  }
  observer.breakerChanged('b', 'open');
  const told = logged.map(({ node, msg }) => `${node}: ${msg}`);
  const givenUp = 'the node keeps failing: it is asked now and then only, until it answers';
  expect(told).toEqual([`a: ${givenUp}`, 'a: the node answers again', `a: ${givenUp}`, `b: ${givenUp}`]);
});

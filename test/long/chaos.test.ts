import { test } from 'vitest';
import { embeddedTopology } from '../harness/chaos/embedded-topology.js';
import { autoTopology, healingTopology, kitTopologies, movingTopology } from '../harness/chaos/kit-topologies.js';
import { realTopologies } from '../harness/chaos/real-topologies.js';
import { runChaos } from '../harness/chaos/run.js';
import { sentinelTopology } from '../harness/chaos/sentinel-topology.js';
import { record } from './results.js';

/**
 * Stores over every link while servers are killed, replaced, stopped, moved, cut off, slowed and filled: no increment is lost
 * or doubled but by a promotion, no lock is held twice, no lookup is wrong, every call ends in time.
 */
const WORKERS = 16;
const ROUNDS = 3;
const SEED = 4711;

const topologies = [
  embeddedTopology,
  ...kitTopologies,
  autoTopology,
  sentinelTopology,
  healingTopology,
  movingTopology,
  ...realTopologies,
];

test.each(topologies.filter(({ available }) => available()))('$name under chaos', async (topology) => {
  const began = performance.now();
  const counts = await runChaos(topology, { workers: WORKERS, rounds: ROUNDS, seed: SEED, slack: 2_000 });
  const did = `${WORKERS} workers on one store count, lock, take rate tokens and look keys up, while servers and connections fail`;
  record({ test: `chaos, ${topology.name}`, did, counts, began });
});

test.each([kitTopologies[0]!, kitTopologies[2]!])('$name under chaos, with a near cache', async (topology) => {
  const began = performance.now();
  const store = { nearCache: { maxEntries: 100 } };
  const counts = await runChaos(topology, { workers: WORKERS, rounds: ROUNDS, seed: SEED, slack: 2_000, store });
  const did = `the same with a near cache of ${store.nearCache.maxEntries} entries; in the end it has the values that are there`;
  record({ test: `chaos, ${topology.name}, near cache`, did, counts, began });
});

import { expect, test } from 'vitest';
import { kitTopologies } from '../harness/chaos/kit-topologies.js';
import { runChaos } from '../harness/chaos/run.js';

/** A few seconds of what test/long/chaos.test.ts does for minutes. */
const TROUBLES = [
  'replies lost',
  'silent connections',
  'connections cut',
  'memory full',
  'scripts flushed',
  'password rotated',
  'primary killed and started again',
  'primary killed and replaced',
  'replica promoted in agreement',
  'slots moved',
  'MOVED storm',
];

test.each(kitTopologies)(
  'stores keep what they promise while servers fail: $name',
  async (topology) => {
    const counts = await runChaos(topology, { workers: 6, rounds: 1, seed: 7, slack: 15_000, only: TROUBLES });
    expect(counts).toMatchObject({ 'otherwise lost or doubled': 0, 'held twice': 0, 'wrong answers': 0 });
  },
  300_000,
);

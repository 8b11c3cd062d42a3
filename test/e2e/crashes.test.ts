import { expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import { type CrashOptions, crash } from '../harness/durability/crashes.js';

/** A short form of test/long/crashes.test.ts, which says what it is about. */
const KILLS = 3;

const random = () => {
  const numbers = seededRandom(1);
  return () => numbers.float();
};

it.each<Pick<CrashOptions, 'policy' | 'cutsPower'>>([
  { policy: 'always', cutsPower: true },
  { policy: 'everysec', cutsPower: true },
  { policy: 'snapshots', cutsPower: true },
])('a server that is killed has its data again: $policy, power cut: $cutsPower', async (options) => {
  const { kills, answered, lost, lostFor, longestSync } = await crash({ ...options, kills: KILLS, random: random() });
  expect(kills).toBe(KILLS);
  expect(answered).toBeGreaterThan(0);
  if (options.policy === 'always') expect(lost).toBe(0);
  if (options.policy === 'everysec') expect(lostFor).toBeLessThan(1000 + SLACK + longestSync);
});

/** Milliseconds in which a sync that is due begins, on a machine with other things to do. */
const SLACK = 400;

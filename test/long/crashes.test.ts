import { expect, test } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import { type CrashOptions, crash } from '../harness/durability/crashes.js';
import { record } from './results.js';

/**
 * The bundled server, as it is built, killed by SIGKILL at random moments under the load of eight clients, again and again
 * on one folder, often in the midst of rewrites and snapshots; every start has to work, and what is there has to be
 * the state of one moment, transactions whole. Where the power is cut, bytes and names that were not synced are taken back
 * before the start: all of them every other time, else a part.
 */
const KILLS = 60;
/** Milliseconds in which a sync that is due begins, on a machine with other things to do. */
const SLACK = 400;

test.each<Pick<CrashOptions, 'policy' | 'cutsPower'>>([
  { policy: 'always', cutsPower: true },
  { policy: 'everysec', cutsPower: true },
  { policy: 'no', cutsPower: true },
  { policy: 'no', cutsPower: false },
  { policy: 'snapshots', cutsPower: true },
])('crashes: $policy, power cut: $cutsPower', async (options) => {
  const began = performance.now();
  const numbers = seededRandom(Date.now());
  const found = await crash({ ...options, kills: KILLS, isBuilt: true, random: () => numbers.float() });
  const { policy, cutsPower } = options;
  expect(found.amidst).toBeGreaterThan(0);
  if (policy === 'always' || (policy === 'no' && !cutsPower)) expect(found.lost).toBe(0);
  if (policy === 'everysec') expect(found.lostFor).toBeLessThan(1000 + SLACK + found.longestSync);
  record({
    test: `crashes, ${policy === 'snapshots' ? 'snapshots alone' : `appendfsync ${policy}`}${cutsPower ? ', power cut' : ''}`,
    did: `SIGKILL at random moments under load${cutsPower ? ', and what was not synced taken back before the next start' : ''}`,
    counts: {
      kills: found.kills,
      'in the midst of a rewrite or snapshot': found.amidst,
      'steps answered': found.answered,
      'steps lost': found.lost,
      ...(policy === 'everysec' ? { 'lost steps were answered at most so long before (ms)': found.lostFor } : {}),
      ...(cutsPower ? { 'bytes taken back': found.cutBytes, 'names taken back': found.cutNames } : {}),
    },
    began,
  });
});

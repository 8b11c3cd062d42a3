import { expect, it } from 'vitest';
import { ManualClock } from '../../../src/testing/clock.js';
import { StoppableClock } from '../../../src/testing/stoppable-clock.js';

it('rings late what came due while it stood, but not what another late alarm has cancelled', () => {
  const base = new ManualClock();
  const clock = new StoppableClock(base);
  const rung: string[] = [];
  const cancels: (() => void)[] = [];
  clock.schedule(10, () => {
    rung.push('first');
    cancels[0]!();
  });
  cancels.push(clock.schedule(20, () => rung.push('second')));
  clock.schedule(30, () => rung.push('third'));
  clock.stop();
  base.advance(50);
  expect(rung).toEqual([]);
  clock.go();
  expect(rung).toEqual(['first', 'third']);
});

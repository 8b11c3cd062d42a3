import { describe, expect, it } from 'vitest';
import { sleep } from '../../../src/core/clock.js';
import { ManualClock } from '../../../src/testing/clock.js';

describe('ManualClock', () => {
  it('rings alarms in order of time, and of setting within one time', () => {
    const clock = new ManualClock(0);
    const rung: string[] = [];
    clock.schedule(20, () => rung.push(`late at ${clock.now()}`));
    clock.schedule(10, () => rung.push(`first at ${clock.now()}`));
    clock.schedule(10, () => rung.push(`second at ${clock.now()}`));
    clock.advance(15);
    expect(rung).toEqual(['first at 10', 'second at 10']);
    clock.advance(5);
    expect(rung).toHaveLength(3);
    expect(clock.now()).toBe(20);
  });

  it('rings alarms set on the way, and none that was cancelled', () => {
    const clock = new ManualClock(0);
    const rung: number[] = [];
    clock.schedule(1, () => clock.schedule(1, () => rung.push(clock.now())));
    clock.schedule(2, () => rung.push(-1))();
    clock.advance(5);
    expect(rung).toEqual([2]);
    expect(clock.pending).toBe(0);
  });

  it('lets code that awaits between alarms proceed', async () => {
    const clock = new ManualClock(0);
    const twice = (async () => {
      await sleep(clock, 10);
      await sleep(clock, 10);
      return clock.now();
    })();
    await clock.advanceAsync(100);
    expect(await twice).toBe(20);
  });

  it('refuses to run alarms that never end', () => {
    const clock = new ManualClock(0);
    const again = () => void clock.schedule(1, again);
    again();
    expect(() => clock.runAll(10)).toThrow('more than 10 alarms');
  });
});

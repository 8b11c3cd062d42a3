import { describe, expect, it } from 'vitest';
import { DeadlineWheel, WHEEL_TICK, WheelEntry } from '../../../src/stores/deadline-wheel.js';
import { ManualClock } from '../../../src/testing/clock.js';

class Alarm extends WheelEntry {
  rangAt: number | undefined;
  cancelled = false;

  constructor(
    readonly clock: ManualClock,
    readonly onRing: () => void = () => {},
  ) {
    super();
  }

  override expire(): void {
    this.rangAt = this.clock.now();
    this.onRing();
  }

  override cancel(): void {
    this.cancelled = true;
  }
}

function hang(clock: ManualClock, wheel: DeadlineWheel, ms: number, onRing?: () => void): Alarm {
  const alarm = new Alarm(clock, onRing);
  wheel.add(alarm, ms, clock.now());
  return alarm;
}

describe('the deadline wheel', () => {
  it.each([0, 1, 25, 26, 999, 6_400, 6_401, 60_000])('rings %d ms away, never early and within two ticks', (ms) => {
    const clock = new ManualClock(1_000);
    const wheel = new DeadlineWheel(clock);
    hang(clock, wheel, 10_000_000);
    clock.advance(13);
    const started = clock.now();
    const alarm = hang(clock, wheel, ms);
    clock.advance(ms + 2 * WHEEL_TICK);
    expect(alarm.rangAt! - started).toBeGreaterThanOrEqual(ms);
  });

  it('does not fall behind when timers come late', () => {
    const clock = new ManualClock(0);
    const wheel = new DeadlineWheel(clock);
    const late = { now: () => clock.now(), schedule: (ms: number, run: () => void) => clock.schedule(ms + 3, run) };
    const lateWheel = new DeadlineWheel(late);
    const alarm = new Alarm(clock);
    lateWheel.add(alarm, 10_000, clock.now());
    hang(clock, wheel, 1);
    clock.advance(10_100);
    expect(alarm.rangAt).toBeLessThanOrEqual(10_000 + 2 * WHEEL_TICK + 3);
  });

  it('does not ring early for what was hung on while the process was busy', () => {
    const clock = new ManualClock(0);
    const wheel = new DeadlineWheel(clock);
    hang(clock, wheel, 60_000);
    clock.jump(3_000);
    const alarm = hang(clock, wheel, 1_000);
    clock.advance(999);
    expect(alarm.rangAt).toBeUndefined();
    clock.advance(2 * WHEEL_TICK + 1);
    expect(alarm.rangAt).toBeGreaterThanOrEqual(4_000);
  });

  it('stands still while nothing hangs on it', () => {
    const clock = new ManualClock();
    const wheel = new DeadlineWheel(clock);
    const alarm = hang(clock, wheel, 1_000);
    wheel.remove(alarm);
    wheel.remove(alarm);
    clock.advance(WHEEL_TICK);
    expect(clock.pending).toBe(0);
    clock.advance(10_000);
    expect(alarm.rangAt).toBeUndefined();
  });

  it('takes entries off in any order, also while ringing', () => {
    const clock = new ManualClock(0);
    const wheel = new DeadlineWheel(clock);
    const second: Alarm = hang(clock, wheel, 100);
    hang(clock, wheel, 100, () => wheel.remove(second));
    const alarms = Array.from({ length: 10 }, () => hang(clock, wheel, 100));
    for (const i of [0, 9, 4, 5]) wheel.remove(alarms[i]!);
    clock.advance(200);
    expect(alarms.map(({ rangAt }) => rangAt !== undefined)).toEqual([0, 1, 1, 1, 0, 0, 1, 1, 1, 0].map(Boolean));
    expect(second.rangAt).toBeUndefined();
  });

  it('cancels what is left when it is cleared', () => {
    const clock = new ManualClock();
    const wheel = new DeadlineWheel(clock);
    const alarms = [5, 5, 7_000].map((ms) => hang(clock, wheel, ms));
    wheel.clear();
    expect(alarms.every(({ cancelled }) => cancelled)).toBe(true);
    expect(clock.pending).toBe(0);
  });
});

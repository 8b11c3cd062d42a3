import type { Cancel, Clock } from '../core/clock.js';

interface Alarm {
  readonly at: number;
  readonly run: () => void;
}

/**
 * A clock that stands still until the test moves it. Alarms ring in the order of their times, those of
 * one time in the order they were set; while one rings, `now()` is its time.
 */
export class ManualClock implements Clock {
  #now: number;
  /** Kept sorted by time: setting one is linear, which is fine for tests. */
  readonly #alarms: Alarm[] = [];

  /** Starts at `now`, milliseconds since the epoch: 2020-01-01 UTC by default. */
  constructor(now = 1_577_836_800_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  schedule(ms: number, run: () => void): Cancel {
    const alarm = { at: this.#now + Math.max(0, ms), run };
    const after = this.#alarms.findIndex((other) => other.at > alarm.at);
    this.#alarms.splice(after === -1 ? this.#alarms.length : after, 0, alarm);
    return () => {
      const at = this.#alarms.indexOf(alarm);
      if (at !== -1) this.#alarms.splice(at, 1);
    };
  }

  /** How many alarms are set. */
  get pending(): number {
    return this.#alarms.length;
  }

  /** The time of the next alarm, undefined when none is set. */
  get nextAt(): number | undefined {
    return this.#alarms[0]?.at;
  }

  /** Moves forward, ringing every alarm that comes due, also those that are set on the way. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (let next = this.#alarms[0]; next !== undefined && next.at <= until; next = this.#alarms[0]) this.#ring(next);
    this.#now = until;
  }

  /**
   * The same in steps of one alarm, letting promises settle between them: for code that sets its next
   * alarm only after an await.
   */
  async advanceAsync(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let next = this.#alarms[0]; next !== undefined && next.at <= until; next = this.#alarms[0]) {
      this.#ring(next);
      await settle();
    }
    this.#now = until;
    await settle();
  }

  /** Rings alarms until none is left; throws after `limit`, for alarms that set themselves again. */
  runAll(limit = 10_000): void {
    for (let rung = 0; this.#alarms.length > 0; rung++) {
      if (rung === limit) throw new Error(`more than ${limit} alarms: does one set itself again?`);
      this.#ring(this.#alarms[0]!);
    }
  }

  /** Sets the time without ringing anything, as when an administrator sets the system's clock. */
  jump(now: number): void {
    this.#now = now;
  }

  #ring(alarm: Alarm): void {
    this.#alarms.shift();
    this.#now = Math.max(this.#now, alarm.at);
    alarm.run();
  }
}

/** Lets everything that is already decided run: microtasks, ticks and one turn of the event loop. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

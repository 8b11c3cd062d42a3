/**
 * Time as an argument. Everything that waits or reads the time takes a `Clock`, so that tests move it
 * (`ManualClock` in testing/) and never sleep.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Microseconds since the epoch, for who must tell apart what happened within one millisecond; absent: no finer than `now`. */
  microseconds?(): number;
  /** Calls `run` once after `ms` milliseconds; the returned handle cancels it. Never keeps the process alive. */
  schedule(ms: number, run: () => void): Cancel;
}

export type Cancel = () => void;

/** setTimeout's longest delay; a longer one would fire at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  microseconds: () => Math.floor((performance.timeOrigin + performance.now()) * 1000),
  schedule(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), LONGEST_DELAY));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Waits `ms` on the clock; rejects with the signal's reason when that comes first. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const cancel = clock.schedule(ms, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    const abort = () => {
      cancel();
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}

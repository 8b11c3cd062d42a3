import { type Clock, sleep } from '../../core/clock.js';

/**
 * Waits for so many microseconds, which CONFIG SET may change meanwhile (`rdb-key-save-delay`, `key-load-delay`), or until
 * it is of no use.
 */
export async function keyDelay(clock: Clock, microseconds: () => number, isOver: () => boolean): Promise<void> {
  const startedAt = clock.now();
  for (;;) {
    const left = microseconds() / 1000 - (clock.now() - startedAt);
    if (left <= 0 || isOver()) return;
    await sleep(clock, Math.min(left, LONGEST_DELAY));
  }
}

/** Milliseconds of a delay before it is looked at again. */
const LONGEST_DELAY = 100;

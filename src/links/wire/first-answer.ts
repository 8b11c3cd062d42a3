import type { Clock } from '../../core/clock.js';

/** How long one has until the next is asked beside it. */
const HEAD_START_MS = 250;

/**
 * The first good answer of several. The first has a head start, then the next is asked beside it, and so on; one
 * that fails makes room at once. Rejects with AllFailed when none answered well.
 */
export function firstAnswer<N, T>(asked: readonly N[], ask: (one: N) => Promise<T>, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const errors: unknown[] = [];
    let next = 0;
    let ended = false;
    let cancel = () => {};
    const askNext = () => {
      cancel();
      const one = asked[next++];
      if (one === undefined || ended) return;
      ask(one).then(succeed, fail);
      if (next < asked.length) cancel = clock.schedule(HEAD_START_MS, askNext);
    };
    const succeed = (answer: T) => {
      ended = true;
      cancel();
      resolve(answer);
    };
    const fail = (error: unknown) => {
      errors.push(error);
      if (errors.length === asked.length) reject(new AllFailed(errors));
      else askNext();
    };
    if (asked.length === 0) reject(new AllFailed(errors));
    askNext();
  });
}

/** What each of those that were asked failed with. */
export class AllFailed extends Error {
  constructor(readonly errors: readonly unknown[]) {
    super('all failed');
  }
}

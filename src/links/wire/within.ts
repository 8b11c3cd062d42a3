import type { Clock } from '../../core/clock.js';

/** The promise's result, or what `late` gives when the deadline passes first. */
export function within<T>(promise: Promise<T>, deadline: number, clock: Clock, late: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(deadline - clock.now(), () => {
      try {
        resolve(late());
      } catch (error) {
        reject(error);
      }
    });
    promise.then(resolve, reject).finally(cancel);
  });
}

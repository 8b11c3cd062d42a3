import type { FailureLog, Subject } from '../observe/failure-log.js';
import type { StoreRequestMeter } from '../observe/store-requests.js';

/** A client's call on a store: counted and timed whichever way it ends, and told when it was slow. */
export async function observedCall<T>(
  subject: Subject,
  meter: StoreRequestMeter,
  failures: FailureLog,
  call: () => Promise<T>,
): Promise<T> {
  const began = performance.now();
  let result: 'ok' | 'failed' = 'failed';
  try {
    const answer = await call();
    result = 'ok';
    return answer;
  } finally {
    const ms = performance.now() - began;
    meter.ended(result, ms);
    failures.took(subject, 'call', ms);
  }
}

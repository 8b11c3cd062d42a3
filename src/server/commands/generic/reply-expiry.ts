import type { Call } from '../call.js';
import { wholeNumber } from '../numbers.js';

/** TTL and its kin: -2 without a key, -1 without an expiry; seconds are rounded to the nearest. */
export function replyExpiry({ args, db, reply, now }: Call, unit: 1 | 1000, absolute: boolean): void {
  const ref = db.glance(args, 1);
  if (ref === 0) reply.integer(-2);
  else if (db.expiry(ref) === 0) reply.integer(-1);
  else {
    const milliseconds = absolute ? db.expiry(ref) : Math.max(0, db.expiry(ref) - now);
    reply.integer(wholeNumber(unit === 1 ? milliseconds : Math.floor((milliseconds + 500) / 1000)));
  }
}

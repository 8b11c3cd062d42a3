import type { Call } from '../call.js';
import { readHash } from './access.js';
import { fewFields, readFields } from './field-arguments.js';

/** HTTL and its kin: for each field what `tell` makes of its time, -1 when it has none, -2 when it is missing. */
export function replyFieldTimes(call: Call, tell: (at: number, now: number) => number): void {
  const { args, reply, now } = call;
  const hash = readHash(call, 1);
  const first = readFields(args, 2, fewFields);
  reply.array(args.count - first);
  for (let i = first; i < args.count; i++) {
    const place = hash === undefined ? -1 : hash.find(args, i);
    if (place < 0 || !hash!.isLive(place, now)) reply.integer(-2);
    else reply.integer(hash!.expiry(place) === 0 ? -1 : tell(hash!.expiry(place), now));
  }
}

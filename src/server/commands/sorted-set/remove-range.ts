import { NOTIFY } from '../../keyspace/notifications.js';
import type { Call } from '../call.js';
import { writeSortedSet } from './access.js';
import type { Interval } from './interval.js';

/** ZREMRANGEBY…: removes the ranks that `interval` names; `event` is the command's own name. */
export function removeRange(call: Call, interval: Interval, event: string): void {
  const zset = writeSortedSet(call, 1);
  const { from, count } = zset ? interval(zset) : { from: 0, count: 0 };
  if (zset && count > 0) {
    zset.removeRange(from, count);
    call.changed(1, NOTIFY.zset, event, count);
    call.removeIfEmpty(1, zset);
  }
  call.reply.integer(count);
}

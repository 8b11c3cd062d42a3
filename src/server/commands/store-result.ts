import { type EventClass, NOTIFY } from '../keyspace/notifications.js';
import type { CollectionValue } from '../keyspace/value.js';
import type { Call } from './call.js';

/**
 * Ends a command that stores its result (SINTERSTORE, ZUNIONSTORE …): the collection replaces whatever was under
 * the key at argument `i`, an empty one removes it. Replies with its size.
 */
export function storeResult(call: Call, i: number, value: CollectionValue, type: EventClass, event: string): void {
  const { db, args, reply } = call;
  if (value.size > 0) {
    db.putCollection(args, i, value);
    call.changed(i, type, event);
  } else removeTarget(call, i);
  reply.integer(value.size);
}

/** There is nothing to store: the key at argument `i` goes, whether or not its time is over. */
export function removeTarget(call: Call, i: number): void {
  const { db, args } = call;
  const ref = db.entries.find(args, i, db.entries.hash(args, i));
  if (ref === 0) return;
  db.remove(ref);
  call.changed(i, NOTIFY.generic, 'del');
}

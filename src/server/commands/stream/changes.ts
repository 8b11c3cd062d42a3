import type { ByteString } from '../../../resp/args.js';
import type { PendingEntry } from '../../data/pending-list.js';
import type { Consumer, ConsumerGroup } from '../../data/stream-group.js';
import { idText } from '../../data/stream-id.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import type { Call } from '../call.js';

/**
 * What commands do to consumer groups. Such changes count and are told, but WATCH does not see them, and they
 * are propagated as commands that leave the same state anywhere.
 */
export function groupChanged(call: Call, i: number, event: string): void {
  call.dirty++;
  call.notify(i, NOTIFY.stream, event);
}

/** The consumer, heard of now; made when it is missing. `i` is the argument of the key. */
export function obtainConsumer(call: Call, i: number, group: ConsumerGroup, name: ByteString): Consumer {
  const found = group.consumers.get(name);
  if (found) {
    found.seenAt = call.now;
    return found;
  }
  const consumer = group.addConsumer(name, call.now);
  groupChanged(call, i, 'xgroup-createconsumer');
  return consumer;
}

/** Where a group is met: the names of its key and its own. */
export interface GroupName {
  readonly key: ByteString;
  readonly group: ByteString;
}

/** Who holds an entry since when, and how far the group is. */
export function propagateClaim(
  call: Call,
  { key, group: name }: GroupName,
  group: ConsumerGroup,
  entry: PendingEntry,
): void {
  if (!call.server.effects.listened) return;
  call.propagate(
    ...['XCLAIM', key, name, entry.consumer, '0', idText(entry.id)],
    ...['TIME', String(entry.deliveredAt), 'RETRYCOUNT', String(entry.deliveries)],
    ...['FORCE', 'JUSTID', 'LASTID', idText(group.lastId)],
  );
}

export function propagateGroupId(call: Call, { key, group: name }: GroupName, group: ConsumerGroup): void {
  call.propagate('XGROUP', 'SETID', key, name, idText(group.lastId), 'ENTRIESREAD', String(group.entriesRead));
}

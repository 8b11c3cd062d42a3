import type { ReplySink } from '../../../resp/sink.js';
import type { PendingEntry } from '../../data/pending-list.js';
import type { ConsumerGroup } from '../../data/stream-group.js';
import type { StreamId } from '../../data/stream-id.js';
import type { StreamValue } from '../../data/stream-value.js';
import type { Call } from '../call.js';
import { type GroupName, obtainConsumer, propagateClaim } from './changes.js';
import { replyEntryById, replyId } from './reply-entries.js';

/** What XCLAIM and XAUTOCLAIM work on. */
export interface Claiming {
  readonly call: Call;
  readonly stream: StreamValue;
  readonly group: ConsumerGroup;
}

/** The entry becomes the consumer's of argument 3, which is made when it is missing. */
export function takeOver(claiming: Claiming, entry: PendingEntry, deliveredAt: number, deliveries: number): void {
  const { call, group } = claiming;
  const consumer = obtainConsumer(call, 1, group, call.args.text(3));
  tell(claiming, group.deliverAgain(entry, consumer, deliveredAt, deliveries));
}

/** An entry that is not in the stream any more is not pending any more. */
export function dropDeleted(claiming: Claiming, entry: PendingEntry): void {
  tell(claiming, entry);
  claiming.group.removePending(entry);
}

export function nameOf({ args }: Call): GroupName {
  return { key: args.text(1), group: args.text(2) };
}

export function replyClaimed(reply: ReplySink, stream: StreamValue, ids: readonly StreamId[], justIds: boolean): void {
  reply.array(ids.length);
  for (const id of ids) {
    if (justIds) replyId(reply, id);
    else replyEntryById(reply, stream, id);
  }
}

function tell({ call, group }: Claiming, entry: PendingEntry): void {
  if (call.server.effects.listened) propagateClaim(call, nameOf(call), group, entry);
  call.dirty++;
}

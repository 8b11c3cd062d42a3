import type { ReplySink } from '../../../resp/sink.js';
import type { Consumer, ConsumerGroup } from '../../data/stream-group.js';
import { compareIds, idAfter, type StreamId } from '../../data/stream-id.js';
import type { StreamValue } from '../../data/stream-value.js';
import type { Call } from '../call.js';
import { type GroupName, obtainConsumer, propagateClaim, propagateGroupId } from './changes.js';
import type { Reader } from './read-options.js';
import { replyEntry, replyEntryById, replyId } from './reply-entries.js';

/** A consumer's reading from one stream. */
export interface Reading {
  readonly call: Call;
  /** The argument of the key. */
  readonly place: number;
  readonly stream: StreamValue;
  readonly group: ConsumerGroup;
  readonly reader: Reader;
  /** 0: no limit. */
  readonly count: number;
  readonly noAck: boolean;
}

/** Replies with the entries that the group has not delivered yet; they become pending unless `noAck`. */
export function deliver(reading: Reading): void {
  const { call, stream, group, count, noAck } = reading;
  const { reply } = call;
  const consumer = consumerOf(reading);
  const before = group.lastId;
  const cursor = stream.range(idAfter(before));
  const mark = reply.open('array');
  let told = 0;
  while ((count === 0 || told < count) && cursor.next()) {
    const id = cursor.id();
    group.advance(stream, id);
    replyEntry(reply, cursor);
    told++;
    if (!noAck) propagateClaim(call, nameOf(reading), group, group.deliver(id, consumer, call.now));
  }
  reply.close(mark, told);
  if (noAck && compareIds(group.lastId, before) > 0) propagateGroupId(call, nameOf(reading), group);
}

/** Replies with what is pending of the consumer from an ID on: delivered once more. */
export function replyHistory(reading: Reading, start: StreamId): void {
  const { call, stream, group, count } = reading;
  const { reply } = call;
  const consumer = consumerOf(reading);
  const mark = reply.open('array');
  let told = 0;
  for (const entry of consumer.pending.from(start)) {
    if (count > 0 && told >= count) break;
    told++;
    if (replyEntryById(reply, stream, entry.id)) group.deliverAgain(entry, consumer, call.now, entry.deliveries + 1);
    else replyDeleted(reply, entry.id);
  }
  reply.close(mark, told);
}

function replyDeleted(reply: ReplySink, id: StreamId): void {
  reply.array(2);
  replyId(reply, id);
  reply.nilArray();
}

/** One that is new is told to replicas only where no claim will do so. */
function consumerOf(reading: Reading): Consumer {
  const { call, place, group, reader, noAck } = reading;
  const isNew = !group.consumers.has(reader.consumer);
  if (isNew && noAck) {
    const { key } = nameOf(reading);
    call.propagate('XGROUP', 'CREATECONSUMER', key, reader.group, reader.consumer);
  }
  return obtainConsumer(call, place, group, reader.consumer);
}

function nameOf({ call, place, reader }: Reading): GroupName {
  return { key: call.args.text(place), group: reader.group };
}

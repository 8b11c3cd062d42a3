import type { ByteString } from '../../resp/args.js';
import { type PendingEntry, PendingList } from './pending-list.js';
import { addInt64, compareIds, differenceOf, FIRST_ID, type Int64, isZero, type StreamId } from './stream-id.js';
import type { StreamValue } from './stream-value.js';

/** A reader of a group. */
export interface Consumer {
  readonly name: ByteString;
  /** When it was last heard of, in milliseconds since the epoch. */
  seenAt: number;
  readonly pending: PendingList;
}

/** Readers who share a stream: each entry is delivered to one of them and pending until acknowledged. */
export class ConsumerGroup {
  readonly consumers = new Map<ByteString, Consumer>();

  constructor(
    /** The last entry that was delivered. */
    public lastId: StreamId,
    /** How many entries were delivered, as far as it can be told; UNKNOWN otherwise. */
    public entriesRead: Int64,
    readonly pending = new PendingList(),
  ) {}

  addConsumer(name: ByteString, now: number): Consumer {
    const consumer = { name, seenAt: now, pending: new PendingList() };
    this.consumers.set(name, consumer);
    return consumer;
  }

  /** Its pending entries go as well. */
  removeConsumer(consumer: Consumer): void {
    for (const entry of consumer.pending) this.pending.remove(entry);
    this.consumers.delete(consumer.name);
  }

  /** Records a delivery; an entry that is pending already changes hands and begins anew. */
  deliver(id: StreamId, consumer: Consumer, now: number): PendingEntry {
    const known = this.pending.get(id);
    return known ? this.deliverAgain(known, consumer, now, 1) : this.addPending(id, consumer, now, 1);
  }

  addPending(id: StreamId, consumer: Consumer, deliveredAt: number, deliveries: number): PendingEntry {
    const entry = { id, consumer: consumer.name, deliveredAt, deliveries };
    this.pending.add(entry);
    consumer.pending.add(entry);
    return entry;
  }

  /** To the same consumer or another; answers the entry as it is now. */
  deliverAgain(
    { id, consumer: before }: PendingEntry,
    to: Consumer,
    deliveredAt: number,
    deliveries: number,
  ): PendingEntry {
    const entry = { id, consumer: to.name, deliveredAt, deliveries };
    this.pending.replace(entry);
    if (before === to.name) to.pending.replace(entry);
    else {
      this.consumers.get(before)!.pending.remove(entry);
      to.pending.add(entry);
    }
    return entry;
  }

  removePending(entry: PendingEntry): void {
    this.pending.remove(entry);
    this.consumers.get(entry.consumer)!.pending.remove(entry);
  }

  /** Notes that an entry was read: the last ID and, where it can be told, the count of reads move on. */
  advance(stream: StreamValue, id: StreamId): void {
    if (compareIds(id, this.lastId) <= 0) return;
    if (this.entriesRead !== UNKNOWN && !hasTombstoneFrom(stream, id)) this.entriesRead = addInt64(this.entriesRead, 1);
    else if (stream.entriesAdded > 0) this.entriesRead = entriesUpTo(stream, id);
    this.lastId = id;
  }

  /** How many entries are still to be delivered; undefined when it cannot be told. */
  lag(stream: StreamValue): Int64 | undefined {
    if (stream.entriesAdded === 0) return 0;
    if (this.entriesRead !== UNKNOWN && !hasTombstoneFrom(stream, this.lastId)) {
      return differenceOf(stream.entriesAdded, this.entriesRead);
    }
    const read = entriesUpTo(stream, this.lastId);
    return read === UNKNOWN ? undefined : differenceOf(stream.entriesAdded, read);
  }

  clone(): ConsumerGroup {
    const copy = new ConsumerGroup(this.lastId, this.entriesRead, this.pending.clone());
    for (const { name, seenAt, pending } of this.consumers.values()) {
      copy.consumers.set(name, { name, seenAt, pending: pending.clone() });
    }
    return copy;
  }

  /** Bytes of memory, estimated. */
  memory(): number {
    return this.pending.size * PENDING_MEMORY + this.consumers.size * CONSUMER_MEMORY;
  }
}

/** An `entriesRead` that is not known. */
export const UNKNOWN = -1;
const PENDING_MEMORY = 240;
const CONSUMER_MEMORY = 400;

/** Whether an entry was deleted by name at or behind this ID, so that entries there cannot be counted. */
function hasTombstoneFrom({ size, maxDeletedId, firstId }: StreamValue, id: StreamId): boolean {
  if (size === 0 || isZero(maxDeletedId) || compareIds(firstId, maxDeletedId) > 0) return false;
  return compareIds(id, maxDeletedId) <= 0;
}

/** How many entries were ever added up to this ID, where the counters of the stream say so. */
export function entriesUpTo(stream: StreamValue, id: StreamId): Int64 {
  const { entriesAdded, size, lastId, firstId, maxDeletedId } = stream;
  if (entriesAdded === 0) return 0;
  const toLast = compareIds(id, lastId);
  if (toLast === 0 || (size === 0 && toLast < 0)) return entriesAdded;
  if (toLast > 0) return UNKNOWN;
  if (compareIds(maxDeletedId, FIRST_ID) !== 0 && compareIds(maxDeletedId, firstId) >= 0) return UNKNOWN;
  const toFirst = compareIds(id, firstId);
  if (toFirst > 0) return UNKNOWN;
  return addInt64(entriesAdded, (toFirst === 0 ? 1 : 0) - size);
}

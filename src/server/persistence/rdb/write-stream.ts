import type { PendingEntry, PendingList } from '../../data/pending-list.js';
import type { ConsumerGroup } from '../../data/stream-group.js';
import { FIRST_ID, idAfter, type StreamId } from '../../data/stream-id.js';
import type { StreamValue } from '../../data/stream-value.js';
import type { RdbOutput } from './rdb-output.js';

/** A stream with its groups, which come in the order of their names, as their consumers do. */
export function writeStream(output: RdbOutput, stream: StreamValue): void {
  const steps = streamInParts(output, { value: stream }, Number.POSITIVE_INFINITY);
  while (!steps.next().done);
}

/** As `writeStream`, a node or so many pending entries at a time. */
export function* streamInParts(output: RdbOutput, held: HeldStream, part: number): Generator<undefined, void> {
  const { length } = held.value.nodes;
  output.size(length);
  for (let i = 0; i < length; i++) {
    const node = held.value.nodes[i]!;
    output.string(idBytes(node.first));
    output.string(node.toPassingListpack());
    yield;
  }
  const { size, lastId, firstId, maxDeletedId, entriesAdded, groups } = held.value;
  output.size(size);
  for (const id of [lastId, firstId, maxDeletedId]) writeId(output, id);
  output.size(BigInt.asUintN(64, BigInt(entriesAdded)));
  output.size(groups.size);
  for (const name of inOrder(groups)) {
    output.text(name);
    yield* groupInParts(output, () => held.value.groups.get(name)!, part);
  }
}

interface HeldStream {
  readonly value: StreamValue;
}

function* groupInParts(output: RdbOutput, group: () => ConsumerGroup, part: number): Generator<undefined, void> {
  const { lastId, entriesRead, pending } = group();
  writeId(output, lastId);
  output.size(BigInt.asUintN(64, BigInt(entriesRead)));
  output.size(pending.size);
  yield* pendingInParts(
    () => group().pending,
    part,
    (entry) => {
      output.raw(idBytes(entry.id));
      output.time(entry.deliveredAt);
      output.size(entry.deliveries);
    },
  );
  // Not those that it had before: the group may be another one by now, and those may have changed.
  const { consumers } = group();
  output.size(consumers.size);
  for (const name of inOrder(consumers)) {
    const consumer = () => group().consumers.get(name)!;
    output.text(name);
    output.time(consumer().seenAt);
    output.size(consumer().pending.size);
    yield* pendingInParts(
      () => consumer().pending,
      part,
      (entry) => output.raw(idBytes(entry.id)),
    );
  }
}

function* pendingInParts(
  list: () => PendingList,
  part: number,
  write: (entry: PendingEntry) => void,
): Generator<undefined, void> {
  for (let next: StreamId | undefined = FIRST_ID; next !== undefined; ) {
    let left = part;
    let last: StreamId | undefined;
    for (const entry of list().from(next)) {
      write(entry);
      last = entry.id;
      if (--left === 0) break;
    }
    next = left === 0 && last !== undefined ? idAfter(last) : undefined;
    yield;
  }
}

function writeId(output: RdbOutput, { ms, seq }: StreamId): void {
  output.size(ms);
  output.size(seq);
}

function idBytes({ ms, seq }: StreamId): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeBigUInt64BE(BigInt(ms), 0);
  bytes.writeBigUInt64BE(BigInt(seq), 8);
  return bytes;
}

function inOrder(map: ReadonlyMap<string, unknown>): string[] {
  return [...map.keys()].sort();
}

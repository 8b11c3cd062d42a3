import type { PendingEntry } from '../../data/pending-list.js';
import type { ConsumerGroup } from '../../data/stream-group.js';
import type { StreamId } from '../../data/stream-id.js';
import type { StreamValue } from '../../data/stream-value.js';
import type { RdbOutput } from './rdb-output.js';

/** A stream with its groups, which come in the order of their names, as their consumers do. */
export function writeStream(output: RdbOutput, stream: StreamValue): void {
  const steps = streamInParts(output, stream);
  while (!steps.next().done);
}

/** As `writeStream`, a node or a group at a time. */
export function* streamInParts(output: RdbOutput, stream: StreamValue): Generator<undefined, void> {
  output.size(stream.nodes.length);
  for (const node of stream.nodes) {
    output.string(idBytes(node.first));
    output.string(node.toListpack());
    yield;
  }
  output.size(stream.size);
  for (const id of [stream.lastId, stream.firstId, stream.maxDeletedId]) writeId(output, id);
  output.size(BigInt.asUintN(64, BigInt(stream.entriesAdded)));
  output.size(stream.groups.size);
  for (const [name, group] of byName(stream.groups)) {
    output.text(name);
    writeGroup(output, group);
    yield;
  }
}

function writeGroup(output: RdbOutput, group: ConsumerGroup): void {
  writeId(output, group.lastId);
  output.size(BigInt.asUintN(64, BigInt(group.entriesRead)));
  output.size(group.pending.size);
  for (const entry of group.pending) {
    output.raw(idBytes(entry.id));
    output.time(entry.deliveredAt);
    output.size(entry.deliveries);
  }
  output.size(group.consumers.size);
  for (const [name, consumer] of byName(group.consumers)) {
    output.text(name);
    output.time(consumer.seenAt);
    writeOwned(output, consumer.pending);
  }
}

function writeOwned(output: RdbOutput, pending: Iterable<PendingEntry> & { readonly size: number }): void {
  output.size(pending.size);
  for (const entry of pending) output.raw(idBytes(entry.id));
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

function byName<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

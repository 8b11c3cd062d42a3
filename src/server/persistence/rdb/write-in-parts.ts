import type { HashValue } from '../../data/hash-value.js';
import type { ListValue } from '../../data/list-value.js';
import type { SetValue } from '../../data/set-value.js';
import type { SortedSetValue } from '../../data/sorted-set-value.js';
import type { StreamValue } from '../../data/stream-value.js';
import { type CollectionValue, Type } from '../../keyspace/value.js';
import { type Held, HeldString, type HeldValue } from '../held-value.js';
import type { RdbOutput } from './rdb-output.js';
import { type ListLimits, listInParts } from './write-list.js';
import { streamInParts } from './write-stream.js';
import { writeFields, writeHashHead, writeScores, writeValueOf } from './write-value.js';

/**
 * Writes a large value as `writeValue` does, some of it at a time. A packed collection, which somebody has allowed to be
 * large, has no parts.
 */
export function writeInParts(
  output: RdbOutput,
  held: HeldValue,
  { listMaxListpackSize, listPackedThreshold }: ListLimits,
): Iterable<undefined> {
  if (held instanceof HeldString) return bytesInParts(output, held);
  const { type, encoding } = held.value;
  // As they are now, all the way.
  const limits = { listMaxListpackSize, listPackedThreshold };
  if (type === Type.list) return listInParts(output, held as Held<ListValue>, limits, PART);
  if (type === Type.set && encoding !== 'intset') return setInParts(output, held as Held<SetValue>);
  if (type === Type.zset && encoding !== 'listpack') return sortedSetInParts(output, held as Held<SortedSetValue>);
  if (type === Type.hash && encoding === 'hashtable') return hashInParts(output, held as Held<HashValue>);
  if (type === Type.stream) return streamInParts(output, held as Held<StreamValue>, PART);
  return atOnce(output, held.value, limits);
}

function* bytesInParts(output: RdbOutput, held: HeldString): Generator<undefined, void> {
  const { length } = held.value;
  output.size(length);
  for (let from = 0; from < length; from += PART_BYTES) {
    output.raw(held.value, from, Math.min(PART_BYTES, length - from));
    yield;
  }
}

function* atOnce(output: RdbOutput, value: CollectionValue, limits: ListLimits): Generator<undefined, void> {
  writeValueOf(output, value, limits);
  yield;
}

function* setInParts(output: RdbOutput, held: Held<SetValue>): Generator<undefined, void> {
  const { size } = held.value;
  output.size(size);
  for (let place = 0; place < size; ) {
    const end = Math.min(place + PART, size);
    for (const before = output.length; place < end && output.length - before < PART_BYTES; place++) {
      output.text(held.value.member(place));
    }
    yield;
  }
}

function* hashInParts(output: RdbOutput, held: Held<HashValue>): Generator<undefined, void> {
  const { size } = held.value;
  const earliest = writeHashHead(output, held.value);
  for (let from = 0; from < size; ) {
    const end = Math.min(from + PART, size);
    for (const before = output.length; from < end && output.length - before < PART_BYTES; from++) {
      writeFields(output, held.value, earliest, from, from + 1);
    }
    yield;
  }
}

function* sortedSetInParts(output: RdbOutput, held: Held<SortedSetValue>): Generator<undefined, void> {
  const { size } = held.value;
  output.size(size);
  for (let left = size; left > 0; left -= PART) {
    writeScores(output, held.value, left, Math.min(left, PART));
    yield;
  }
}

/** Elements, and bytes, that are written at a time. */
const PART = 128;
const PART_BYTES = 16 * 1024;

import type { HashValue } from '../../data/hash-value.js';
import type { ListValue } from '../../data/list-value.js';
import type { SetValue } from '../../data/set-value.js';
import type { SortedSetValue } from '../../data/sorted-set-value.js';
import type { StreamValue } from '../../data/stream-value.js';
import { type CollectionValue, Type } from '../../keyspace/value.js';
import type { RdbOutput } from './rdb-output.js';
import { type ListLimits, listInParts } from './write-list.js';
import { streamInParts } from './write-stream.js';
import { writeFields, writeHashHead, writeScores } from './write-value.js';

/**
 * Writes a large collection as `writeValue` does, some of its elements at a time: it must not change until the last step
 * is done. Undefined for what is small, and for strings and packed collections, which have no parts.
 */
export function writeInParts(
  output: RdbOutput,
  value: CollectionValue,
  limits: ListLimits,
): Generator<undefined, void> | undefined {
  if (value.size < LARGE) return undefined;
  switch (value.type) {
    case Type.list:
      return listInParts(output, value as ListValue, limits, PART);
    case Type.set:
      return (value as SetValue).storedIntegers() ? undefined : setInParts(output, value as SetValue);
    case Type.zset:
      return value.encoding === 'listpack' ? undefined : sortedSetInParts(output, value as SortedSetValue);
    case Type.hash:
      return value.encoding === 'hashtable' ? hashInParts(output, value as HashValue) : undefined;
    default:
      return streamInParts(output, value as StreamValue);
  }
}

function* setInParts(output: RdbOutput, set: SetValue): Generator<undefined, void> {
  output.size(set.size);
  for (let place = 0; place < set.size; place++) {
    if (place % PART === 0) yield;
    output.text(set.member(place));
  }
}

function* hashInParts(output: RdbOutput, hash: HashValue): Generator<undefined, void> {
  const earliest = writeHashHead(output, hash);
  for (let from = 0; from < hash.size; from += PART) {
    writeFields(output, hash, earliest, from, Math.min(from + PART, hash.size));
    yield;
  }
}

function* sortedSetInParts(output: RdbOutput, set: SortedSetValue): Generator<undefined, void> {
  output.size(set.size);
  for (let left = set.size; left > 0; left -= PART) {
    writeScores(output, set, left, Math.min(left, PART));
    yield;
  }
}

/** Elements from which on a value is not written at once. */
const LARGE = 4096;
const PART = 512;

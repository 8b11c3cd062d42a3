import type { HashValue } from '../../data/hash-value.js';
import type { ListValue } from '../../data/list-value.js';
import { ListpackElements } from '../../data/listpack.js';
import { toPassingListpack } from '../../data/listpack-frame.js';
import { packedScore } from '../../data/packed-sorted-set.js';
import type { SetValue } from '../../data/set-value.js';
import type { SortedSetValue } from '../../data/sorted-set-value.js';
import type { StreamValue } from '../../data/stream-value.js';
import type { Entries } from '../../keyspace/entries.js';
import type { Ref } from '../../keyspace/memory.js';
import { type CollectionValue, Type } from '../../keyspace/value.js';
import { integerSetBytes } from './integer-set.js';
import type { RdbOutput } from './rdb-output.js';
import { RdbType } from './types.js';
import { type ListLimits, writeList } from './write-list.js';
import { writeStream } from './write-stream.js';

/**
 * Writes values as RDB version 10 has them, in the encodings that OBJECT ENCODING tells. `writeType` first: in a file
 * the key stands between the two.
 */
export function writeType(output: RdbOutput, entries: Entries, ref: Ref): void {
  const type = entries.type(ref);
  output.byte(type === Type.string ? RdbType.string : collectionType(entries.collection(ref)));
}

export function writeValue(output: RdbOutput, entries: Entries, ref: Ref, limits: ListLimits): void {
  if (entries.type(ref) === Type.string) {
    output.part(entries.stringArea(ref), entries.stringStart(ref), entries.stringLength(ref));
    return;
  }
  writeValueOf(output, entries.collection(ref), limits);
}

export function writeValueOf(output: RdbOutput, value: CollectionValue, limits: ListLimits): void {
  if (value.type === Type.list) writeList(output, value as ListValue, limits);
  else if (value.type === Type.set) writeSet(output, value as SetValue);
  else if (value.type === Type.zset) writeSortedSet(output, value as SortedSetValue);
  else if (value.type === Type.hash) writeHash(output, value as HashValue);
  else writeStream(output, value as StreamValue);
}

/** Whether Redis 7.0 could not have the value. */
export function needsNewest(entries: Entries, ref: Ref): boolean {
  return entries.type(ref) === Type.hash && hashType(entries.collection(ref) as HashValue) === RdbType.hashExpiring;
}

function collectionType(value: CollectionValue): number {
  const { type, encoding } = value;
  switch (type) {
    case Type.list:
      return RdbType.listQuicklist2;
    case Type.set:
      return encoding === 'intset' ? RdbType.setIntset : RdbType.set;
    case Type.zset:
      return encoding === 'listpack' ? RdbType.zsetListpack : RdbType.zsetBinary;
    case Type.hash:
      return hashType(value as HashValue);
    default:
      return RdbType.stream2;
  }
}

function hashType(hash: HashValue): number {
  if (hash.nextExpiry < Number.POSITIVE_INFINITY) return RdbType.hashExpiring;
  return hash.encoding === 'hashtable' ? RdbType.hash : RdbType.hashListpack;
}

function writeSet(output: RdbOutput, set: SetValue): void {
  const integers = set.storedIntegers();
  if (integers) {
    output.string(integerSetBytes(integers.width, set.size, integers.bytes));
    return;
  }
  output.size(set.size);
  for (const member of set.members) output.text(member);
}

function writeHash(output: RdbOutput, hash: HashValue): void {
  const type = hashType(hash);
  if (type === RdbType.hashListpack) {
    output.string(toPassingListpack(hash.pack?.elements() ?? pairElements(hash), hash.size * 2));
    return;
  }
  writeFields(output, hash, writeHashHead(output, hash), 0, hash.size);
}

/** What stands before the fields of a hash that is no listpack; answers the earliest time of them, 0: they stay. */
export function writeHashHead(output: RdbOutput, hash: HashValue): number {
  const earliest = hashType(hash) === RdbType.hashExpiring ? earliestExpiry(hash) : 0;
  if (earliest > 0) output.time(earliest);
  output.size(hash.size);
  return earliest;
}

export function writeFields(output: RdbOutput, hash: HashValue, earliest: number, from: number, to: number): void {
  for (let place = from; place < to; place++) {
    // After the earliest one, counted from 1; 0: the field stays.
    if (earliest > 0) output.size(hash.expiry(place) === 0 ? 0 : hash.expiry(place) - earliest + 1);
    output.text(hash.field(place));
    output.text(hash.value(place));
  }
}

function pairElements(hash: HashValue): ListpackElements {
  const elements = new ListpackElements(64);
  for (let place = 0; place < hash.size; place++) {
    elements.addText(hash.field(place));
    elements.addText(hash.value(place));
  }
  return elements;
}

function earliestExpiry(hash: HashValue): number {
  let earliest = Number.POSITIVE_INFINITY;
  for (let place = 0; place < hash.size; place++) earliest = Math.min(earliest, hash.expiry(place) || earliest);
  return earliest;
}

/** From the highest score down where it is no listpack: so it is loaded fastest by a Redis. */
function writeSortedSet(output: RdbOutput, set: SortedSetValue): void {
  if (set.encoding === 'listpack') {
    output.string(toPassingListpack(set.pack?.elements() ?? scoreElements(set), set.size * 2));
    return;
  }
  output.size(set.size);
  writeScores(output, set, set.size, set.size);
}

/** So many members below a place, counted from 1. */
export function writeScores(output: RdbOutput, set: SortedSetValue, below: number, count: number): void {
  const visit = (member: string, score: number) => {
    output.text(member);
    output.double(score);
  };
  set.each(below - 1, count, visit, true);
}

function scoreElements(set: SortedSetValue): ListpackElements {
  const elements = new ListpackElements(64);
  set.each(0, set.size, (member, score) => {
    elements.addText(member);
    elements.addText(packedScore(score));
  });
  return elements;
}

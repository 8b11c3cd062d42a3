import type { ByteString } from '../../../resp/args.js';
import { formatDouble } from '../../../resp/writer.js';
import type { HashValue } from '../../data/hash-value.js';
import type { ListValue } from '../../data/list-value.js';
import type { SetValue } from '../../data/set-value.js';
import type { SortedSetValue } from '../../data/sorted-set-value.js';
import type { StreamValue } from '../../data/stream-value.js';
import type { Entries } from '../../keyspace/entries.js';
import type { Ref } from '../../keyspace/memory.js';
import { type CollectionValue, Type } from '../../keyspace/value.js';
import { streamCommands } from './write-stream-commands.js';

export type Words = readonly (ByteString | Uint8Array)[];

/** What a key holds, or a copy of it by the time the next command is made: the same at the same places. */
export interface Source {
  readonly value: CollectionValue | Buffer;
}

/** In place. */
export function sourceOf(entries: Entries, ref: Ref): Source {
  return { value: entries.type(ref) === Type.string ? stringBytes(entries, ref) : entries.collection(ref) };
}

/** A key as the commands that make it, one after the other. */
export function keyCommands(entries: Entries, ref: Ref, source: Source): Generator<Words, void> {
  return commandsOf(entries.keyText(ref), entries.expiry(ref), source);
}

function* commandsOf(key: ByteString, expiry: number, source: Source): Generator<Words, void> {
  yield* valueCommands(key, source);
  if (expiry !== 0) yield ['PEXPIREAT', key, String(expiry)];
}

function* valueCommands(key: ByteString, source: Source): Generator<Words, void> {
  if (source.value instanceof Uint8Array) {
    yield ['SET', key, source.value];
    return;
  }
  const { type } = source.value;
  switch (type) {
    case Type.list:
      yield* inChunks('RPUSH', key, source as Of<ListValue>, listElements);
      return;
    case Type.set:
      yield* inChunks('SADD', key, source as Of<SetValue>, members);
      return;
    case Type.zset:
      yield* inChunks('ZADD', key, source as Of<SortedSetValue>, scoresAndMembers);
      return;
    case Type.hash:
      yield* hashCommands(key, source as Of<HashValue>);
      return;
    case Type.stream:
      yield* streamCommands(key, source as Of<StreamValue>);
      return;
    default:
      throw new Error(`a value of type ${type}`);
  }
}

interface Of<T extends CollectionValue> {
  readonly value: T;
}

/** The command again and again, each with at most so many items. */
function* inChunks<T extends CollectionValue>(
  command: string,
  key: ByteString,
  source: Of<T>,
  words: (value: T, from: number, count: number) => ByteString[],
): Generator<Words, void> {
  const { size } = source.value;
  for (let from = 0; from < size; from += ITEMS) {
    yield [command, key, ...words(source.value, from, Math.min(ITEMS, size - from))];
  }
}

const ITEMS = 64;

function listElements(list: ListValue, from: number, count: number): ByteString[] {
  return list.slice(from, from + count - 1);
}

function members(set: SetValue, from: number, count: number): ByteString[] {
  return Array.from({ length: count }, (_, i) => set.member(from + i));
}

function scoresAndMembers(set: SortedSetValue, from: number, count: number): ByteString[] {
  const words: ByteString[] = [];
  set.each(from, count, (member, score) => void words.push(formatDouble(score), member));
  return words;
}

function fieldsAndValues(hash: HashValue, from: number, count: number): ByteString[] {
  const words: ByteString[] = [];
  for (let place = from; place < from + count; place++) words.push(hash.field(place), hash.value(place));
  return words;
}

function* hashCommands(key: ByteString, source: Of<HashValue>): Generator<Words, void> {
  yield* inChunks('HMSET', key, source, fieldsAndValues);
  if (source.value.nextExpiry === Number.POSITIVE_INFINITY) return;
  for (let place = 0; place < source.value.size; place++) {
    const expiry = source.value.expiry(place);
    if (expiry !== 0) {
      yield ['HPEXPIREAT', key, String(expiry), 'FIELDS', '1', source.value.field(place)];
    }
  }
}

function stringBytes(entries: Entries, ref: Ref): Buffer {
  const start = entries.stringStart(ref);
  return entries.stringBuffer(ref).subarray(start, start + entries.stringLength(ref));
}

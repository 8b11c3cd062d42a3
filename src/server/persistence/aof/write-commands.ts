import type { ByteString } from '../../../resp/args.js';
import { formatDouble } from '../../../resp/writer.js';
import type { HashValue } from '../../data/hash-value.js';
import type { ListValue } from '../../data/list-value.js';
import type { SetValue } from '../../data/set-value.js';
import type { SortedSetValue } from '../../data/sorted-set-value.js';
import type { Entries } from '../../keyspace/entries.js';
import type { Ref } from '../../keyspace/memory.js';
import { Type } from '../../keyspace/value.js';
import { streamCommands } from './write-stream-commands.js';

export type Words = readonly (ByteString | Uint8Array)[];

/** A key as the commands that make it. */
export function* keyCommands(entries: Entries, ref: Ref): Generator<Words> {
  const key = entries.keyText(ref);
  yield* valueCommands(entries, ref, key);
  const expiry = entries.expiry(ref);
  if (expiry !== 0) yield ['PEXPIREAT', key, String(expiry)];
}

function* valueCommands(entries: Entries, ref: Ref, key: ByteString): Generator<Words> {
  const type = entries.type(ref);
  switch (type) {
    case Type.none:
      return;
    case Type.string:
      yield ['SET', key, stringBytes(entries, ref)];
      return;
    case Type.list:
      yield* inChunks('RPUSH', key, 1, listElements(entries.collection(ref) as ListValue));
      return;
    case Type.set:
      yield* inChunks('SADD', key, 1, (entries.collection(ref) as SetValue).members);
      return;
    case Type.zset:
      yield* inChunks('ZADD', key, 2, scoresAndMembers(entries.collection(ref) as SortedSetValue));
      return;
    case Type.hash:
      yield* hashCommands(entries.collection(ref) as HashValue, key);
      return;
    case Type.stream:
      yield* streamCommands(entries.collection(ref) as Parameters<typeof streamCommands>[0], key);
      return;
    default:
      throw new Error(`a value of type ${type satisfies never}`);
  }
}

/** The command again and again, each with at most so many items. */
function* inChunks(command: string, key: ByteString, width: number, items: readonly ByteString[]): Generator<Words> {
  for (let i = 0; i < items.length; i += ITEMS * width) yield [command, key, ...items.slice(i, i + ITEMS * width)];
}

const ITEMS = 64;

function listElements(list: ListValue): ByteString[] {
  const elements: ByteString[] = [];
  list.each(0, list.size, (element) => elements.push(element));
  return elements;
}

function scoresAndMembers(set: SortedSetValue): ByteString[] {
  const words: ByteString[] = [];
  set.each(0, set.size, (member, score) => void words.push(formatDouble(score), member));
  return words;
}

function* hashCommands(hash: HashValue, key: ByteString): Generator<Words> {
  const words: ByteString[] = [];
  for (let place = 0; place < hash.size; place++) words.push(hash.field(place), hash.value(place));
  yield* inChunks('HMSET', key, 2, words);
  for (let place = 0; place < hash.size; place++) {
    const expiry = hash.expiry(place);
    if (expiry !== 0) yield ['HPEXPIREAT', key, String(expiry), 'FIELDS', '1', hash.field(place)];
  }
}

function stringBytes(entries: Entries, ref: Ref): Buffer {
  const start = entries.stringStart(ref);
  return Buffer.copyBytesFrom(entries.stringBuffer(ref), start, entries.stringLength(ref));
}

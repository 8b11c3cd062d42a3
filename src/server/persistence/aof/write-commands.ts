import { Args, type ByteString } from '../../../resp/args.js';
import { encodeWords } from '../../../resp/request-encoder.js';
import { formatDouble } from '../../../resp/writer.js';
import type { HashValue } from '../../data/hash-value.js';
import type { ListValue } from '../../data/list-value.js';
import type { SetValue } from '../../data/set-value.js';
import type { SortedSetValue } from '../../data/sorted-set-value.js';
import type { Database } from '../../keyspace/database.js';
import type { Ref } from '../../keyspace/memory.js';
import { Type } from '../../keyspace/value.js';
import type { Server } from '../../server.js';
import { streamCommands } from './write-stream-commands.js';

/**
 * The dataset as the commands that make it: what an append-only file begins with when its base is no RDB file.
 * In pieces of about 64 KiB; nothing may change before the last one is taken.
 */
export function* datasetCommands(server: Server): Generator<Buffer> {
  const pieces = new Pieces();
  for (const { code } of server.scripts?.functions.libraries ?? []) {
    yield* pieces.add(encodeWords(['FUNCTION', 'LOAD', code]));
  }
  for (const db of server.keyspace.databases) {
    if (db.size === 0) continue;
    yield* pieces.add(encodeWords(['SELECT', String(db.number)]));
    for (const key of db.keys()) {
      const ref = db.peek(Args.of(key), 0);
      for (const words of keyCommands(db, ref, key)) yield* pieces.add(encodeWords(words));
    }
  }
  yield* pieces.rest();
}

export type Words = readonly (ByteString | Uint8Array)[];

function* keyCommands(db: Database, ref: Ref, key: ByteString): Generator<Words> {
  yield* valueCommands(db, ref, key);
  const expiry = db.expiry(ref);
  if (expiry !== 0) yield ['PEXPIREAT', key, String(expiry)];
}

function* valueCommands(db: Database, ref: Ref, key: ByteString): Generator<Words> {
  const type = db.type(ref);
  switch (type) {
    case Type.none:
      return;
    case Type.string:
      yield ['SET', key, db.stringBytes(ref)];
      return;
    case Type.list:
      yield* inChunks('RPUSH', key, 1, listElements(db.collection(ref) as ListValue));
      return;
    case Type.set:
      yield* inChunks('SADD', key, 1, (db.collection(ref) as SetValue).members);
      return;
    case Type.zset:
      yield* inChunks('ZADD', key, 2, scoresAndMembers(db.collection(ref) as SortedSetValue));
      return;
    case Type.hash:
      yield* inChunks('HMSET', key, 2, fieldsAndValues(db.collection(ref) as HashValue));
      return;
    case Type.stream:
      yield* streamCommands(db.collection(ref) as Parameters<typeof streamCommands>[0], key);
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

function fieldsAndValues(hash: HashValue): ByteString[] {
  const words: ByteString[] = [];
  for (let place = 0; place < hash.size; place++) words.push(hash.field(place), hash.value(place));
  return words;
}

class Pieces {
  private parts: Buffer[] = [];
  private length = 0;

  *add(bytes: Buffer): Generator<Buffer> {
    this.parts.push(bytes);
    this.length += bytes.length;
    if (this.length >= PIECE) yield* this.rest();
  }

  *rest(): Generator<Buffer> {
    if (this.length > 0) yield Buffer.concat(this.parts);
    this.parts = [];
    this.length = 0;
  }
}

const PIECE = 64 * 1024;

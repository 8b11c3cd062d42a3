import { hash } from 'node:crypto';
import type { ByteString } from '../../../../resp/args.js';
import { formatDouble } from '../../../../resp/writer.js';
import type { HashValue } from '../../../data/hash-value.js';
import type { ListValue } from '../../../data/list-value.js';
import type { SetValue } from '../../../data/set-value.js';
import type { SortedSetValue } from '../../../data/sorted-set-value.js';
import type { StreamValue } from '../../../data/stream-value.js';
import type { Database } from '../../../keyspace/database.js';
import type { Ref } from '../../../keyspace/memory.js';
import { Type } from '../../../keyspace/value.js';
import type { Call } from '../../call.js';

/**
 * DEBUG DIGEST and DIGEST-VALUE: the same 20 bytes as Redis's for the same data. What has an order is mixed (the digest
 * so far is hashed on), what has none is added by exclusive or.
 */
export function debugDigest({ reply, server }: Call): void {
  const total = new Digest();
  const digest = new Digest();
  for (const db of server.keyspace.databases) {
    if (db.size === 0) continue;
    total.mix(numberBytes(db.number));
    db.entries.index.forEach((ref) => {
      digest.clear();
      digest.mixText(db.entries.keyText(ref));
      addValue(digest, db, ref);
      total.add(digest.bytes);
    });
  }
  reply.simple(total.text());
}

export function debugDigestValue({ args, db, reply }: Call): void {
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const digest = new Digest();
    // An expired key that is still there counts.
    const ref = db.entries.find(args, i, db.entries.hash(args, i));
    if (ref !== 0) addValue(digest, db, ref);
    reply.simple(digest.text());
  }
}

class Digest {
  readonly bytes = Buffer.alloc(20);

  clear(): void {
    this.bytes.fill(0);
  }

  add(bytes: Uint8Array): void {
    const other = sha1(bytes);
    for (let i = 0; i < 20; i++) this.bytes[i]! ^= other.charCodeAt(i);
  }

  addText(text: ByteString): void {
    this.add(Buffer.from(text, 'latin1'));
  }

  mix(bytes: Uint8Array): void {
    this.add(bytes);
    this.bytes.latin1Write(sha1(this.bytes));
  }

  mixText(text: ByteString): void {
    this.mix(Buffer.from(text, 'latin1'));
  }

  text(): string {
    return this.bytes.toString('hex');
  }
}

/** One character per byte: a Buffer for each of millions takes three times as long. */
function sha1(bytes: Uint8Array): ByteString {
  return hash('sha1', bytes, 'binary');
}

function addValue(digest: Digest, db: Database, ref: Ref): void {
  const type = db.type(ref);
  digest.mix(numberBytes(REDIS_TYPES[type]!));
  if (type === Type.string) digest.mix(db.stringBytes(ref));
  else ADD[type]!(digest, db.collection(ref) as never);
  if (db.expiry(ref) !== 0) digest.addText('!!expire!!');
}

const ADD: Readonly<Record<number, (digest: Digest, value: never) => void>> = {
  [Type.list]: (digest, list: ListValue) => list.each(0, list.size, (element) => digest.mixText(element)),
  [Type.set]: (digest, set: SetValue) => {
    for (const member of set.members) digest.addText(member);
  },
  [Type.zset]: (digest, set: SortedSetValue) => {
    set.each(0, set.size, (member, score) => addPair(digest, member, formatDouble(score)));
  },
  [Type.hash]: (digest, hashValue: HashValue) => {
    for (let place = 0; place < hashValue.size; place++) {
      addPair(digest, hashValue.field(place), hashValue.value(place));
    }
  },
  [Type.stream]: addStream,
};

function addPair(digest: Digest, name: ByteString, value: ByteString): void {
  const pair = new Digest();
  pair.mixText(name);
  pair.mixText(value);
  digest.add(pair.bytes);
}

function addStream(digest: Digest, stream: StreamValue): void {
  const sink = {
    bulk: (text: string) => digest.mixText(text),
    bulkBytes: (bytes: Uint8Array, start: number, end: number) => digest.mix(bytes.subarray(start, end)),
  };
  for (const cursor = stream.range(); cursor.next(); ) {
    const { ms, seq } = cursor.id();
    digest.mixText(`${ms}.${seq}`);
    cursor.tellFields(sink);
  }
}

/** What Redis numbers its types. */
const REDIS_TYPES: Readonly<Record<number, number>> = {
  [Type.string]: 0,
  [Type.list]: 1,
  [Type.set]: 2,
  [Type.zset]: 3,
  [Type.hash]: 4,
  [Type.stream]: 6,
};

function numberBytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

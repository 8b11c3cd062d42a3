import { Crc64 } from '../../src/server/persistence/rdb/crc64.js';

/** Payloads as DUMP gives them, made byte by byte, so that tests can make them wrong: RESTORE takes the checksum. */

export function payload(...parts: readonly (number | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : part)));
  const bytes = Buffer.concat([body, Buffer.from([10, 0]), Buffer.alloc(8)]);
  new Crc64().update(bytes, 0, body.length + 2).writeTo(bytes, body.length + 2);
  return bytes;
}

/** Bytes with their length in front. */
export function text(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x40 | (bytes.length >> 8), bytes.length & 0xff]), bytes]);
}

/** Of numbers up to 127, texts of a few bytes, and elements as their bytes. `count`: what its head says instead. */
export function listpack(elements: readonly (number | string | Buffer)[], count = elements.length): Buffer {
  const body = Buffer.concat(elements.map(element));
  const head = Buffer.alloc(6);
  head.writeUInt32LE(body.length + 7, 0);
  head.writeUInt16LE(count, 4);
  return Buffer.concat([head, body, Buffer.from([0xff])]);
}

function element(value: number | string | Buffer): Buffer {
  if (typeof value === 'number') return Buffer.from([value, 1]);
  if (typeof value === 'string')
    return Buffer.concat([Buffer.from([0x80 | value.length]), Buffer.from(value), Buffer.from([value.length + 1])]);
  return value;
}

export function intset(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 + 2 * numbers.length);
  bytes.writeUInt32LE(2, 0);
  bytes.writeUInt32LE(numbers.length, 4);
  numbers.forEach((number, i) => void bytes.writeInt16LE(number, 8 + 2 * i));
  return bytes;
}

/** A node with an entry of field "f" for each millisecond, which counts from the node's ID on. */
export function streamNode(entries: readonly (readonly [number, string])[], live = entries.length): Buffer {
  return listpack([live, 0, 1, 'f', 0, ...entries.flatMap(([ms, value]) => [2, ms, 0, value, 4])]);
}

/** What follows a stream's type: one node from 10-0 on. */
export function stream(
  node: Buffer,
  { length = 2, last = 11, groups = Buffer.from([0]) }: { length?: number; last?: number; groups?: Buffer } = {},
): Buffer {
  const added = 2;
  const numbers = Buffer.from([length, last, 0, 10, 0, 0, 0, added]);
  return Buffer.concat([Buffer.from([1]), text(streamId(10)), text(node), numbers, groups]);
}

export function streamId(ms: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64BE(BigInt(ms));
  return bytes;
}

/** A group "g" to whom 10-0 was delivered, and one consumer "c", who has it or has not. */
export function groupOf(consumerHasIt: boolean): Buffer {
  const time = Buffer.alloc(8, 1);
  const owned = consumerHasIt ? [Buffer.from([1]), streamId(10)] : [Buffer.from([0])];
  const head = Buffer.from([1, 1, 0x67, 10, 0, 1, 1]);
  return Buffer.concat([head, streamId(10), time, Buffer.from([1, 1, 1, 0x63]), time, ...owned]);
}

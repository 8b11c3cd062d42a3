import { Crc64 } from '../../../../src/server/persistence/rdb/crc64.js';
import { Server } from '../../../../src/server/server.js';
import { streamId, streamNode, text } from '../../../harness/payloads.js';

/** RDB files byte by byte, in the forms of older versions of Redis, and a server that loads them. */

export function open(dir: string): Promise<Server> {
  return Server.start({ directives: { dir, save: '' }, settings: { enableDebug: 'yes' }, log: () => undefined });
}

export function plainly(reply: unknown): unknown {
  if (Array.isArray(reply)) return reply.map(plainly);
  return Buffer.isBuffer(reply) ? reply.toString('latin1') : reply;
}

/** Database 0, as files had it before they said how many keys it has. The sum: none before version 5, unless told. */
export function file(version: number, records: readonly Buffer[], sum?: Buffer): Buffer {
  const head = Buffer.from(`REDIS${String(version).padStart(4, '0')}`);
  const body = Buffer.concat([head, ...about(version), Buffer.from([0xfe, 0]), ...records, Buffer.from([0xff])]);
  if (version < 5) return body;
  if (sum) return Buffer.concat([body, sum]);
  const bytes = Buffer.concat([body, Buffer.alloc(8)]);
  new Crc64().update(bytes, 0, body.length).writeTo(bytes, body.length);
  return bytes;
}

/** What files say of themselves since version 7. */
function about(version: number): Buffer[] {
  return version < 7 ? [] : [Buffer.from([0xfa]), short('redis-bits'), Buffer.from([0xc0, 64])];
}

export function record(type: number, value: Buffer, key = 'key'): Buffer {
  return Buffer.concat([Buffer.from([type]), short(key), value]);
}

/** With a length of 6 bits, where it is that short. */
export function short(value: string): Buffer {
  return value.length < 64
    ? Buffer.concat([Buffer.from([value.length]), Buffer.from(value)])
    : text(Buffer.from(value));
}

export function plain(elements: readonly string[]): Buffer {
  return Buffer.concat([Buffer.from([elements.length]), ...elements.map(short)]);
}

export function textScore(score: string): Buffer {
  return Buffer.concat([Buffer.from([score.length]), Buffer.from(score)]);
}

export function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes;
}

/** "aaaaaaaaaaaa" by LZF: one byte as it is, then eleven from one byte before. */
export function compressed(): Buffer {
  const packed = Buffer.from([0x00, 0x61, 0xe0, 0x02, 0x00]);
  return Buffer.concat([Buffer.from([0xc3, packed.length, 12]), packed]);
}

export function wideIntset(numbers: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(8 + 8 * numbers.length);
  bytes.writeUInt32LE(8, 0);
  bytes.writeUInt32LE(numbers.length, 4);
  numbers.forEach((number, i) => void bytes.writeBigInt64LE(number, 8 + 8 * i));
  return bytes;
}

/** Each value with two unused bytes behind it, as a change leaves them. */
export function zipmap(pairs: readonly (readonly [string, string])[]): Buffer {
  const length = (value: string) =>
    value.length < 254 ? Buffer.from([value.length]) : Buffer.concat([Buffer.from([254]), int32(value.length)]);
  const parts = pairs.flatMap(([field, value]) => [
    length(field),
    Buffer.from(field),
    length(value),
    Buffer.from([2]),
    Buffer.from(value),
    Buffer.alloc(2),
  ]);
  return Buffer.concat([Buffer.from([pairs.length]), ...parts, Buffer.from([0xff])]);
}

export function ziplist(elements: readonly (number | string)[]): Buffer {
  const entries: Buffer[] = [];
  for (const element of elements) {
    const before = entries.at(-1)?.length ?? 0;
    const head = before < 254 ? Buffer.from([before]) : Buffer.concat([Buffer.from([254]), int32(before)]);
    entries.push(Buffer.concat([head, ziplistElement(element)]));
  }
  const body = Buffer.concat(entries);
  const head = Buffer.alloc(10);
  head.writeUInt32LE(10 + body.length + 1, 0);
  head.writeUInt32LE(10 + body.length - (entries.at(-1)?.length ?? 0), 4);
  head.writeUInt16LE(entries.length, 8);
  return Buffer.concat([head, body, Buffer.from([0xff])]);
}

/** Numbers in as few bytes as hold them: 4 bits, or 8, 16, 24, 32 and 64. */
function ziplistElement(value: number | string): Buffer {
  if (typeof value === 'string') {
    const { length } = value;
    const head = length < 64 ? [length] : [0x40 | (length >> 8), length & 0xff];
    return Buffer.concat([Buffer.from(head), Buffer.from(value)]);
  }
  if (value >= 0 && value <= 12) return Buffer.from([0xf1 + value]);
  const codes: readonly (readonly [code: number, width: number])[] = [
    [0xfe, 1],
    [0xc0, 2],
    [0xf0, 3],
    [0xd0, 4],
  ];
  for (const [code, width] of codes) {
    if (Math.abs(value) >= 2 ** (8 * width - 1)) continue;
    const bytes = Buffer.alloc(1 + width, code);
    bytes.writeIntLE(value, 1, width);
    return bytes;
  }
  return Buffer.concat([Buffer.from([0xe0]), int64(value)]);
}

/** A group "g" with consumer "c", to whom 10-0 was delivered. */
function group(behindSeen: Buffer, read: Buffer): Buffer {
  const time = int64(1_700_000_000_000);
  const pending = [Buffer.from([1]), streamId(10), time, Buffer.from([1])];
  const consumer = [Buffer.from([1]), short('c'), time, behindSeen, Buffer.from([1]), streamId(10)];
  return Buffer.concat([Buffer.from([1]), short('g'), Buffer.from([10, 0]), read, ...pending, ...consumer]);
}

/** How much was read is said since 7.0, when a consumer was last given something since 7.2. */
export function newGroup(): Buffer {
  return group(int64(1_700_000_000_000), Buffer.from([1]));
}

/** Without the first ID, the last that went, and how many were ever added. */
export function oldStream(): Buffer {
  const node = streamNode([
    [0, 'x'],
    [1, 'y'],
  ]);
  const none = Buffer.alloc(0);
  return Buffer.concat([Buffer.from([1]), text(streamId(10)), text(node), Buffer.from([2, 11, 0]), group(none, none)]);
}

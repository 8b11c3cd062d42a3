import type { Area } from '../../resp/area.js';
import type { ByteString } from '../../resp/args.js';
import type { ReplySink } from '../../resp/sink.js';
import { canonical } from './stream-id.js';

/**
 * Reading of listpack elements, each named by the offset of its first byte: integers in as few bytes as they need,
 * strings with their length, and behind each element its size, so that it can be read backwards. What is read must be
 * sound. listpack.ts writes them.
 */
export const Code = {
  string6: 0x80,
  int13: 0xc0,
  string12: 0xe0,
  string32: 0xf0,
  int16: 0xf1,
  int24: 0xf2,
  int32: 0xf3,
  int64: 0xf4,
} as const;

const INTEGER_SIZES: Readonly<Record<number, number>> = {
  [Code.int16]: 3,
  [Code.int24]: 4,
  [Code.int32]: 5,
  [Code.int64]: 9,
};

/** Bytes of an element, without the size behind it. */
export function sizeAt(buffer: Buffer, at: number): number {
  const code = buffer[at]!;
  if (code < Code.string6) return 1;
  if (code < Code.int13) return 1 + (code & 0x3f);
  if (code < Code.string12) return 2;
  if (code < Code.string32) return 2 + (((code & 0x0f) << 8) | buffer[at + 1]!);
  return code === Code.string32 ? 5 + buffer.readUInt32LE(at + 1) : INTEGER_SIZES[code]!;
}

/** Bytes of the size behind an element. */
export function backLength(size: number): number {
  if (size <= 127) return 1;
  if (size < 16383) return 2;
  if (size < 2097151) return 3;
  return size < 268435455 ? 4 : 5;
}

/** The element behind this one. */
export function nextElement(buffer: Buffer, at: number): number {
  const code = buffer[at]!;
  if (code < Code.string6) return at + 2;
  if (code < Code.int13) return at + 2 + (code & 0x3f);
  const size = sizeAt(buffer, at);
  return at + size + backLength(size);
}

/** The element before this place. */
export function previousElement(buffer: Buffer, at: number): number {
  let size = 0;
  let place = at - 1;
  for (let shift = 1; ; shift *= 128, place--) {
    const byte = buffer[place]!;
    size += (byte & 127) * shift;
    if ((byte & 128) === 0) return place - size;
  }
}

export function isIntegerAt(buffer: Buffer, at: number): boolean {
  const code = buffer[at]!;
  return code < Code.string6 || (code >= Code.int13 && code < Code.string12) || code > Code.string32;
}

export function integerAt(buffer: Buffer, at: number): number | bigint {
  const code = buffer[at]!;
  if (code < 128) return code;
  if ((code & 0xe0) === Code.int13) return (((code & 0x1f) << 27) >> 19) | buffer[at + 1]!;
  switch (code) {
    case Code.int16:
      return buffer.readInt16LE(at + 1);
    case Code.int24:
      return buffer.readIntLE(at + 1, 3);
    case Code.int32:
      return buffer.readInt32LE(at + 1);
    default:
      return canonical(buffer.readBigInt64LE(at + 1));
  }
}

/** Where the bytes of a string begin; they end where `sizeAt` ends. */
export function stringStart(buffer: Buffer, at: number): number {
  const code = buffer[at]!;
  return at + ((code & 0xc0) === Code.string6 ? 1 : code === Code.string32 ? 5 : 2);
}

export function textAt(buffer: Buffer, at: number): ByteString {
  if (isIntegerAt(buffer, at)) return String(integerAt(buffer, at));
  return buffer.latin1Slice(stringStart(buffer, at), at + sizeAt(buffer, at));
}

/** How long the element is as text. */
export function textLengthAt(buffer: Buffer, at: number): number {
  if (isIntegerAt(buffer, at)) return String(integerAt(buffer, at)).length;
  return at + sizeAt(buffer, at) - stringStart(buffer, at);
}

/** Tells an element as text. */
export function tellElement(buffer: Buffer, at: number, sink: TextSink): void {
  if (isIntegerAt(buffer, at)) sink.bulk(String(integerAt(buffer, at)));
  else sink.bulkBytes(buffer, stringStart(buffer, at), at + sizeAt(buffer, at));
}

/** The same from an area to a reply. */
export function replyElement(area: Area, at: number, reply: ReplySink): void {
  const { bytes } = area;
  if (isIntegerAt(bytes, at)) {
    reply.bulk(String(integerAt(bytes, at)));
    return;
  }
  const start = stringStart(bytes, at);
  reply.bulkPart(area, start, at + sizeAt(bytes, at) - start);
}

/** Where an element is told to: a reply, for one. */
export interface TextSink {
  bulk(text: string): void;
  bulkBytes(bytes: Uint8Array, start: number, end: number): void;
}

import type { Argument } from './reply.js';

export const SLOT_COUNT = 16_384;

/**
 * The slot of a key: CRC16 (XMODEM) of its bytes, or of what stands between the first `{` and the next `}`
 * when that is not empty (Redis Cluster Specification, "Hash tags"). The package cluster-key-slot goes on to
 * a later `}` after an empty `{}`, and makes an array of every key; hence our own.
 */
export function slotOf(key: Argument): number {
  if (typeof key === 'string') return slotOfText(key);
  const bytes = key instanceof Uint8Array ? key : Buffer.from(String(key));
  return slotOfBytes(bytes, 0, bytes.length);
}

function slotOfText(key: string): number {
  const open = key.indexOf('{');
  let start = 0;
  let end = key.length;
  if (open >= 0) {
    const close = key.indexOf('}', open + 1);
    if (close > open + 1) {
      start = open + 1;
      end = close;
    }
  }
  let crc = 0;
  for (let i = start; i < end; i++) {
    const code = key.charCodeAt(i);
    if (code > 0x7f) return slotOf(Buffer.from(key));
    crc = CRC[(code ^ (crc >> 8)) & 0xff]! ^ ((crc << 8) & 0xffff);
  }
  return crc & (SLOT_COUNT - 1);
}

/** Of the key that lies between two places of a buffer, whatever lies behind it. */
export function slotOfBytes(bytes: Uint8Array, from: number, to: number): number {
  const open = find(bytes, OPEN, from, to);
  const close = open < to ? find(bytes, CLOSE, open + 1, to) : to;
  const tagged = close < to && close > open + 1;
  const end = tagged ? close : to;
  let crc = 0;
  for (let i = tagged ? open + 1 : from; i < end; i++) {
    crc = CRC[(bytes[i]! ^ (crc >> 8)) & 0xff]! ^ ((crc << 8) & 0xffff);
  }
  return crc & (SLOT_COUNT - 1);
}

/** `to` where it is not there. */
function find(bytes: Uint8Array, byte: number, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== byte) at++;
  return at;
}

const OPEN = 0x7b;
const CLOSE = 0x7d;

const CRC = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

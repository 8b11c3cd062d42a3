import type { Argument } from '../../resp/reply.js';

export const SLOT_COUNT = 16_384;

/**
 * The slot of a key: CRC16 (XMODEM) of its bytes, or of what stands between the first `{` and the next `}`
 * when that is not empty (Redis Cluster Specification, "Hash tags"). The package cluster-key-slot goes on to
 * a later `}` after an empty `{}`, and makes an array of every key; hence our own.
 */
export function slotOf(key: Argument): number {
  return typeof key === 'string' ? slotOfText(key) : slotOfBytes(key instanceof Uint8Array ? key : String(key));
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
    if (code > 0x7f) return slotOfBytes(key);
    crc = CRC[(code ^ (crc >> 8)) & 0xff]! ^ ((crc << 8) & 0xffff);
  }
  return crc & (SLOT_COUNT - 1);
}

function slotOfBytes(key: Uint8Array | string): number {
  const bytes = typeof key === 'string' ? Buffer.from(key) : key;
  const open = bytes.indexOf(0x7b);
  const close = open < 0 ? -1 : bytes.indexOf(0x7d, open + 1);
  const tagged = close > open + 1;
  const end = tagged ? close : bytes.length;
  let crc = 0;
  for (let i = tagged ? open + 1 : 0; i < end; i++) {
    crc = CRC[(bytes[i]! ^ (crc >> 8)) & 0xff]! ^ ((crc << 8) & 0xffff);
  }
  return crc & (SLOT_COUNT - 1);
}

const CRC = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

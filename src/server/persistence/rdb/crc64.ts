/**
 * CRC-64 as RDB files and DUMP payloads end with it: Jones's polynomial, bits reflected, initial value 0. Held in
 * two halves of 32 bits and taken eight bytes at a time.
 */
export class Crc64 {
  private high = 0;
  private low = 0;

  update(bytes: Uint8Array, start = 0, end = bytes.length): this {
    let { high, low } = this;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = start;
    for (const whole = end - 7; at < whole; at += 8) {
      low ^= view.getInt32(at, true);
      high ^= view.getInt32(at + 4, true);
      const a = 0x700 | (low & 0xff);
      const b = 0x600 | ((low >>> 8) & 0xff);
      const c = 0x500 | ((low >>> 16) & 0xff);
      const d = 0x400 | (low >>> 24);
      const e = 0x300 | (high & 0xff);
      const f = 0x200 | ((high >>> 8) & 0xff);
      const g = 0x100 | ((high >>> 16) & 0xff);
      const h = high >>> 24;
      low = LOW[a]! ^ LOW[b]! ^ LOW[c]! ^ LOW[d]! ^ LOW[e]! ^ LOW[f]! ^ LOW[g]! ^ LOW[h]!;
      high = HIGH[a]! ^ HIGH[b]! ^ HIGH[c]! ^ HIGH[d]! ^ HIGH[e]! ^ HIGH[f]! ^ HIGH[g]! ^ HIGH[h]!;
    }
    for (; at < end; at++) {
      const index = (low ^ bytes[at]!) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ LOW[index]!;
      high = (high >>> 8) ^ HIGH[index]!;
    }
    this.high = high;
    this.low = low;
    return this;
  }

  /** Eight bytes, the lowest first. */
  writeTo(bytes: Buffer, at: number): void {
    bytes.writeInt32LE(this.low | 0, at);
    bytes.writeInt32LE(this.high | 0, at + 4);
  }

  equals(bytes: Buffer, at: number): boolean {
    return bytes.readInt32LE(at) === (this.low | 0) && bytes.readInt32LE(at + 4) === (this.high | 0);
  }
}

/** For each of eight places a byte may have before the end: what it does to the two halves. */
const LOW = new Int32Array(8 * 256);
const HIGH = new Int32Array(8 * 256);
fillTables();

function fillTables(): void {
  for (let byte = 0; byte < 256; byte++) {
    let low = byte;
    let high = 0;
    for (let bit = 0; bit < 8; bit++) {
      const odd = (low & 1) !== 0;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (!odd) continue;
      low ^= 0xac4bc9b5;
      high ^= 0x95ac9329;
    }
    LOW[byte] = low;
    HIGH[byte] = high;
  }
  for (let i = 256; i < LOW.length; i++) {
    const [low, high] = [LOW[i - 256]!, HIGH[i - 256]!];
    LOW[i] = ((low >>> 8) | (high << 24)) ^ LOW[low & 0xff]!;
    HIGH[i] = (high >>> 8) ^ HIGH[low & 0xff]!;
  }
}

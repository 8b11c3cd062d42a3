import { Area } from '../../resp/area.js';
import type { ByteString } from '../../resp/args.js';
import { Pack } from '../keyspace/pack.js';

/**
 * A set of integers of 64 bits as Redis's intset has it: in order, each in 2, 4 or 8 bytes, the lowest first, as the
 * widest that ever was in it needs. An integer is a number where that is exact.
 */
export class PackedIntegers extends Pack {
  /** Bytes of each. */
  get width(): number {
    return this.size === 0 ? 2 : this.length / this.size;
  }

  /** The place of an integer, -1 when it is not there. */
  find(value: number | bigint): number {
    const place = this.lowerBound(value);
    return place < this.size && this.compare(place, value) === 0 ? place : -1;
  }

  /** True when it was not there. */
  add(value: number | bigint): boolean {
    const place = this.lowerBound(value);
    if (place < this.size && this.compare(place, value) === 0) return false;
    const { width } = this;
    const needed = widthOf(value);
    if (needed > width) this.widen(value, needed);
    else {
      write(ENCODED.bytes, 0, width, value);
      this.splice(place * width, 0, ENCODED, width, 1);
    }
    return true;
  }

  remove(place: number): void {
    const { width } = this;
    this.splice(place * width, width, ENCODED, 0, -1);
  }

  member(place: number): ByteString {
    const { bytes, width } = this;
    const at = this.start + place * width;
    return String(width === 8 ? bytes.readBigInt64LE(at) : width === 4 ? bytes.readInt32LE(at) : bytes.readInt16LE(at));
  }

  all(): ByteString[] {
    return Array.from({ length: this.size }, (_, place) => this.member(place));
  }

  /** The integers as they are stored. */
  stored(): Buffer {
    return this.bytes.subarray(this.start, this.start + this.length);
  }

  /** Whether one more leaves it small enough for a block. */
  hasRoom(): boolean {
    return (this.size + 1) * 8 <= MAX_BYTES;
  }

  clone(): PackedIntegers {
    return this.copyInto(new PackedIntegers());
  }

  protected moved(): void {}

  /** The first place whose integer is not below this one. */
  private lowerBound(value: number | bigint): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.compare(middle, value) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Below 0 when the integer at a place is below this one, 0 when it is the same. */
  private compare(place: number, value: number | bigint): number {
    const { bytes, width } = this;
    const at = this.start + place * width;
    if (width === 8) {
      const other = bytes.readBigInt64LE(at);
      return other < value ? -1 : other > value ? 1 : 0;
    }
    const other = width === 4 ? bytes.readInt32LE(at) : bytes.readInt16LE(at);
    return other < value ? -1 : other > value ? 1 : 0;
  }

  /** With one more that needs more bytes: it is below or above all others. */
  private widen(value: number | bigint, width: number): void {
    const { size, length } = this;
    const wider = Buffer.allocUnsafe((size + 1) * width);
    const first = value < 0 ? 1 : 0;
    for (let place = 0; place < size; place++) write(wider, (place + first) * width, width, BigInt(this.member(place)));
    write(wider, first === 1 ? 0 : size * width, width, value);
    this.splice(0, length, new Area(wider), wider.length, 1);
  }
}

const ENCODED = Area.of(8);
const MAX_BYTES = 8 * 1024;

function widthOf(value: number | bigint): number {
  if (value >= -32768 && value <= 32767) return 2;
  return value >= -2147483648 && value <= 2147483647 ? 4 : 8;
}

function write(bytes: Buffer, at: number, width: number, value: number | bigint): void {
  if (width === 8) bytes.writeBigInt64LE(BigInt(value), at);
  else bytes.writeIntLE(Number(value), at, width);
}

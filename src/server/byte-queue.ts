import { Area, copyPart, EMPTY_AREA } from '../resp/area.js';

/** Bytes that wait to be taken together: added at the end, in blocks, so that what is there already is not moved. */
export class ByteQueue {
  private full: Buffer[] = [];
  private fullLength = 0;
  private area = EMPTY_AREA;
  private end = 0;
  /** What was lent, the last of all bytes: from here to there of this area. */
  private lent = EMPTY_AREA;
  private lentStart = 0;
  private lentEnd = 0;

  get length(): number {
    return this.fullLength + this.end + this.lentEnd - this.lentStart;
  }

  /** As `add`, of bytes that stay as they are until `keep`: those that lie one behind the other are copied together. */
  lend(from: Area, start: number, length: number): void {
    if (from !== this.lent || start !== this.lentEnd) {
      this.keep();
      this.lent = from;
      this.lentStart = start;
    }
    this.lentEnd = start + length;
  }

  /** Whoever has lent something may use its memory for something else. */
  keep(): void {
    const { lent, lentStart, lentEnd } = this;
    if (lent === EMPTY_AREA) return;
    this.dropLent();
    this.copy(lent, lentStart, lentEnd - lentStart);
  }

  private dropLent(): void {
    this.lent = EMPTY_AREA;
    this.lentStart = this.lentEnd = 0;
  }

  add(from: Area, start: number, length: number): void {
    this.keep();
    this.copy(from, start, length);
  }

  private copy(from: Area, start: number, length: number): void {
    if (this.end + length > this.area.bytes.length) this.extend(length);
    copyPart(from, start, this.area, this.end, length);
    this.end += length;
  }

  addBytes(bytes: Buffer): void {
    this.add(new Area(bytes), 0, bytes.length);
  }

  /** All bytes in order; they are good until the queue is cleared. */
  pieces(): readonly Buffer[] {
    this.keep();
    return this.end === 0 ? this.full : [...this.full, this.area.bytes.subarray(0, this.end)];
  }

  clear(): void {
    this.dropLent();
    this.full = [];
    this.fullLength = this.end = 0;
    if (this.area.bytes.length > BLOCK) this.area = EMPTY_AREA;
  }

  private extend(length: number): void {
    if (this.end > 0) this.full.push(this.area.bytes.subarray(0, this.end));
    this.fullLength += this.end;
    this.end = 0;
    this.area = Area.of(Math.max(length, Math.min(BLOCK, Math.max(LEAST, this.area.bytes.length * 2))));
  }
}

const LEAST = 16 * 1024;
const BLOCK = 256 * 1024;

/**
 * Registers of a HyperLogLog as runs of equal values, Redis's sparse encoding:
 *
 *     00nnnnnn           n + 1 registers are zero
 *     01nnnnnn nnnnnnnn  n + 1 registers are zero
 *     1vvvvvnn           n + 1 registers (up to 4) are v + 1 (up to 32)
 *
 * Which runs come out of a change is part of the promise: values must be the same bytes as Redis's.
 */
export class SparseRegisters {
  private buffer: Buffer;
  private end: number;

  /** Of the bytes from `start` on, which are copied. */
  constructor(
    private readonly original: Buffer,
    private readonly start: number,
  ) {
    this.buffer = original;
    this.end = original.length;
  }

  get bytes(): Buffer {
    return this.buffer.subarray(0, this.end);
  }

  /**
   * Raises a register: 'full' when the value or the new size (above `limit` bytes in all) asks for the dense
   * encoding, 'corrupt' when the runs do not reach the register.
   */
  raise(index: number, value: number, limit: number): 'kept' | 'raised' | 'full' | 'corrupt' {
    if (value > MAX_VALUE) return 'full';
    let at = this.start;
    let before = -1;
    let first = 0;
    let length = 0;
    while (at < this.end) {
      length = this.runLength(at);
      if (index < first + length) break;
      before = at;
      at += this.runSize(at);
      first += length;
    }
    if (length === 0 || at >= this.end) return 'corrupt';
    const current = this.runValue(at);
    if (current >= value) return 'kept';
    this.makeWritable();
    if (length === 1 && this.runSize(at) === 1) this.buffer[at] = valueRun(value, 1);
    else {
      const runs = this.splitRun(current, index - first, first + length - 1 - index, value);
      const growth = runs.length - this.runSize(at);
      if (growth > 0 && this.end + growth > limit) return 'full';
      this.replace(at, this.runSize(at), runs);
    }
    this.joinValues(before < 0 ? this.start : before);
    return 'raised';
  }

  /** False when the runs do not add up. */
  mergeInto(max: Uint8Array): boolean {
    let index = 0;
    for (let at = this.start; at < this.end; at += this.runSize(at)) {
      const length = this.runLength(at);
      const value = this.runValue(at);
      if (value > 0) {
        if (index + length > max.length) return false;
        for (let i = index; i < index + length; i++) if (value > max[i]!) max[i] = value;
      }
      index += length;
    }
    return index === max.length;
  }

  /** False when the runs do not add up. */
  addToHistogram(histogram: Float64Array): boolean {
    let index = 0;
    for (let at = this.start; at < this.end; at += this.runSize(at)) {
      const length = this.runLength(at);
      histogram[this.runValue(at)]! += length;
      index += length;
    }
    return index === REGISTERS;
  }

  describe(): string {
    const runs: string[] = [];
    for (let at = this.start; at < this.end; at += this.runSize(at)) {
      const length = this.runLength(at);
      const value = this.runValue(at);
      runs.push(value > 0 ? `v:${value},${length}` : `${this.runSize(at) === 2 ? 'Z' : 'z'}:${length}`);
    }
    return runs.join(' ');
  }

  private runSize(at: number): number {
    return (this.buffer[at]! & 0xc0) === LONG_ZEROS ? 2 : 1;
  }

  private runLength(at: number): number {
    const code = this.buffer[at]!;
    if (code & VALUE) return (code & 3) + 1;
    if (code & LONG_ZEROS) return (((code & 0x3f) << 8) | (at + 1 < this.end ? this.buffer[at + 1]! : 0)) + 1;
    return (code & 0x3f) + 1;
  }

  /** 0 for a run of zeros. */
  private runValue(at: number): number {
    const code = this.buffer[at]!;
    return code & VALUE ? ((code >> 2) & 0x1f) + 1 : 0;
  }

  /** The runs for one whose register behind `left` and before `right` others gets a value of its own. */
  private splitRun(current: number, left: number, right: number, value: number): number[] {
    const rest = (length: number) => (length === 0 ? [] : current > 0 ? [valueRun(current, length)] : zeros(length));
    return [...rest(left), valueRun(value, 1), ...rest(right)];
  }

  private replace(at: number, size: number, runs: readonly number[]): void {
    const growth = runs.length - size;
    if (growth !== 0) this.buffer.copyWithin(at + runs.length, at + size, this.end);
    for (let i = 0; i < runs.length; i++) this.buffer[at + i] = runs[i]!;
    this.end += growth;
  }

  /** Joins neighbours of the same value, looking at five runs. */
  private joinValues(at: number): void {
    const { buffer } = this;
    for (let looks = 5; looks > 0 && at < this.end; looks--) {
      const code = buffer[at]!;
      if (!(code & VALUE)) {
        at += this.runSize(at);
        continue;
      }
      const next = at + 1 < this.end ? buffer[at + 1]! : 0;
      const length = (code & 3) + 1 + (next & 3) + 1;
      if (!(next & VALUE) || (code & 0x7c) !== (next & 0x7c) || length > MAX_VALUE_RUN) {
        at++;
        continue;
      }
      this.replace(at, 2, [valueRun(this.runValue(at), length)]);
    }
  }

  /** The original bytes stay as they are; each change finds room for the three bytes it may need. */
  private makeWritable(): void {
    if (this.buffer !== this.original && this.end + 3 <= this.buffer.length) return;
    const roomier = Buffer.allocUnsafe(this.end * 2 + 64);
    this.buffer.copy(roomier, 0, 0, this.end);
    this.buffer = roomier;
  }
}

const REGISTERS = 1 << 14;
const LONG_ZEROS = 0x40;
const VALUE = 0x80;
const MAX_VALUE = 32;
const MAX_VALUE_RUN = 4;
const MAX_SHORT_ZEROS = 64;

function valueRun(value: number, length: number): number {
  return VALUE | ((value - 1) << 2) | (length - 1);
}

function zeros(length: number): number[] {
  if (length <= MAX_SHORT_ZEROS) return [length - 1];
  return [LONG_ZEROS | ((length - 1) >> 8), (length - 1) & 0xff];
}

/** Bytes gathered one after the other; grows as needed and is reused after `clear`. */
export class ByteBuilder {
  buffer = Buffer.allocUnsafeSlow(FIRST_SIZE);
  length = 0;

  clear(): void {
    this.length = 0;
    if (this.buffer.length > KEPT_SIZE) this.buffer = Buffer.allocUnsafeSlow(FIRST_SIZE);
  }

  reserve(size: number): void {
    if (this.length + size <= this.buffer.length) return;
    const bigger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.length + size));
    this.buffer.copy(bigger, 0, 0, this.length);
    this.buffer = bigger;
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  /** One byte a character. */
  text(text: string): void {
    this.reserve(text.length);
    this.length += this.buffer.latin1Write(text, this.length);
  }

  bytes(from: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    const { buffer } = this;
    let at = this.length;
    if (end - start < 48) for (let i = start; i < end; i++) buffer[at++] = from[i]!;
    else {
      buffer.set(from.subarray(start, end), at);
      at += end - start;
    }
    this.length = at;
  }

  zeros(count: number): void {
    this.reserve(count);
    this.buffer.fill(0, this.length, this.length + count);
    this.length += count;
  }

  view(): Buffer {
    return this.buffer.subarray(0, this.length);
  }
}

const FIRST_SIZE = 4 * 1024;
const KEPT_SIZE = 1024 * 1024;

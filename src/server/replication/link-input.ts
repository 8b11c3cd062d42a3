/**
 * What a primary sends, cut as the one who reads it needs it: lines while the two get to know each other, then bytes as
 * they come.
 */
export class LinkInput {
  private bytes: Buffer = EMPTY;
  private sink: ((bytes: Buffer) => void) | undefined;
  private waiting: { resolve(line: string): void; reject(reason: Error): void } | undefined;
  private failure: Error | undefined;

  push(chunk: Buffer): void {
    if (this.sink !== undefined) {
      this.sink(chunk);
      return;
    }
    this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
    this.settle();
  }

  /** Nothing more comes. */
  fail(reason: Error): void {
    this.failure ??= reason;
    this.settle();
  }

  /** The next line without its end; one reader at a time. */
  line(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.settle();
    });
  }

  /** From now on bytes go there, first those that have come already. */
  passTo(sink: (bytes: Buffer) => void): void {
    this.sink = sink;
    const { bytes } = this;
    this.bytes = EMPTY;
    if (bytes.length > 0) sink(bytes);
  }

  /** Bytes wait again for whoever asks next. */
  hold(rest: Buffer): void {
    this.sink = undefined;
    this.bytes = rest;
  }

  private settle(): void {
    const { waiting } = this;
    if (waiting === undefined) return;
    const end = this.bytes.indexOf(LF);
    if (end >= 0) {
      const line = this.bytes.latin1Slice(0, end).replace(/\r$/, '');
      this.bytes = this.bytes.subarray(end + 1);
      this.waiting = undefined;
      waiting.resolve(line);
    } else if (this.failure !== undefined || this.bytes.length > LONGEST_LINE) {
      this.waiting = undefined;
      waiting.reject(this.failure ?? new Error('the primary sends no lines'));
    }
  }
}

const EMPTY = Buffer.alloc(0);
const LF = 0x0a;
const LONGEST_LINE = 64 * 1024;

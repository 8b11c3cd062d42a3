import { type FrameDecoder, FramingError } from './framing.js';

const LF = 0x0a;
const EMPTY = Buffer.alloc(0);

/**
 * Lines ended by LF, which is not part of the frame (a CR before it is). A line longer than the limit, its
 * LF counted, is an error as soon as that is known; each byte is looked at once whatever the chunking.
 */
export class LineDecoder implements FrameDecoder {
  readonly #limit: number;
  #bytes: Buffer = EMPTY;
  #at = 0;
  /** Chunks behind `#bytes`, in order. */
  #later: Buffer[] = [];
  /** The beginning of a line whose LF has not come yet. */
  #begun: Buffer[] = [];
  #begunLength = 0;
  #failure: FramingError | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(chunk: Buffer): void {
    if (this.#at === this.#bytes.length && this.#later.length === 0) {
      this.#bytes = chunk;
      this.#at = 0;
      return;
    }
    this.#later.push(chunk);
  }

  next(): Buffer | null {
    if (this.#failure !== undefined) throw this.#failure;
    for (;;) {
      const end = this.#bytes.indexOf(LF, this.#at);
      if (end !== -1) return this.#take(end);
      this.#keepRest();
      const following = this.#later.shift();
      if (following === undefined) return null;
      this.#bytes = following;
      this.#at = 0;
    }
  }

  #take(end: number): Buffer {
    const tail = this.#bytes.subarray(this.#at, end);
    this.#check(this.#begunLength + tail.length + 1);
    this.#at = end + 1;
    if (this.#begunLength === 0) return tail;
    const line = Buffer.concat([...this.#begun, tail]);
    this.#begun = [];
    this.#begunLength = 0;
    return line;
  }

  #keepRest(): void {
    if (this.#at < this.#bytes.length) {
      const rest = this.#bytes.subarray(this.#at);
      this.#begun.push(rest);
      this.#begunLength += rest.length;
    }
    this.#bytes = EMPTY;
    this.#at = 0;
    this.#check(this.#begunLength + 1);
  }

  #check(length: number): void {
    if (length <= this.#limit) return;
    this.#bytes = EMPTY;
    this.#later = [];
    this.#begun = [];
    this.#failure = new FramingError(`a line is longer than ${this.#limit} bytes`);
    throw this.#failure;
  }
}

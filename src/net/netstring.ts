import { copyOf } from '../core/bytes.js';
import { type FrameDecoder, FramingError } from './framing.js';

/**
 * Netstrings (cr.yp.to/proto/netstrings.txt): `<length>:<payload>,`. The decoder takes any chunking, copies
 * a payload only when it arrived in pieces, and holds no more than one frame and one chunk. Signs, spaces,
 * leading zeros and lengths past the limit are errors.
 */

/** Postfix's and Sendmail's limit for one socketmap request or reply. */
export const SOCKETMAP_PAYLOAD_LIMIT = 100_000;

const COLON = 0x3a;
const COMMA = 0x2c;
const ZERO = 0x30;
const NINE = 0x39;
const EMPTY = Buffer.alloc(0);

/** What the payload from `start` to `end` is. */
export type FrameReader<Frame> = (bytes: Buffer, start: number, end: number) => Frame;

export class NetstringDecoder<Frame = Buffer> implements FrameDecoder<Frame> {
  readonly #limit: number;
  readonly #frame: FrameReader<Frame> | undefined;
  /** Bytes being read, from `#at` to `#end`; while a frame is incomplete, further chunks wait in `#later`. */
  #bytes: Buffer = EMPTY;
  #at = 0;
  #end = 0;
  #isLent = false;
  #later: Buffer[] = [];
  #laterLength = 0;
  /** How many bytes from `#at` on the current frame needs at least. */
  #needed = 0;
  #failure: FramingError | undefined;

  /** With `frame` payloads are read where they lie, without a view of each; it must copy what was lent. */
  constructor(limit = SOCKETMAP_PAYLOAD_LIMIT, frame?: FrameReader<Frame>) {
    this.#limit = limit;
    this.#frame = frame;
  }

  push(chunk: Buffer): void {
    if (this.#isDone) {
      this.#begin(chunk, chunk.length);
      return;
    }
    this.#later.push(chunk);
    this.#laterLength += chunk.length;
  }

  lend(bytes: Buffer, length: number): void {
    if (!this.#isDone) {
      this.push(copyOf(bytes, 0, length));
      return;
    }
    this.#begin(bytes, length);
    this.#isLent = true;
  }

  keep(): void {
    if (!this.#isLent) return;
    this.#isLent = false;
    if (!this.#isDone) this.#begin(copyOf(this.#bytes, this.#at, this.#end), this.#end - this.#at);
  }

  get #isDone(): boolean {
    return this.#at === this.#end && this.#laterLength === 0;
  }

  #begin(bytes: Buffer, length: number): void {
    this.#bytes = bytes;
    this.#at = 0;
    this.#end = length;
  }

  next(): Frame | null {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#laterLength > 0) {
      if (this.#end - this.#at + this.#laterLength < this.#needed) return null;
      this.#join();
    }
    return this.#read();
  }

  #join(): void {
    const joined = Buffer.concat([this.#bytes.subarray(this.#at, this.#end), ...this.#later]);
    this.#begin(joined, joined.length);
    this.#later = [];
    this.#laterLength = 0;
  }

  #read(): Frame | null {
    const bytes = this.#bytes;
    const last = this.#end;
    let at = this.#at;
    let length = 0;
    let byte = 0;
    for (; at < last; at++) {
      byte = bytes[at]!;
      if (byte < ZERO || byte > NINE) break;
      if (length === 0 && at > this.#at) this.#fail('a netstring length starts with 0');
      length = length * 10 + (byte - ZERO);
      if (length > this.#limit) this.#fail(`a netstring is longer than ${this.#limit} bytes`);
    }
    if (at === last) {
      this.#needed = at - this.#at + 1;
      return null;
    }
    if (byte !== COLON || at === this.#at) this.#fail('not a netstring');
    const end = at + 1 + length;
    if (end >= last) {
      this.#needed = end + 1 - this.#at;
      return null;
    }
    if (bytes[end] !== COMMA) this.#fail('a netstring does not end with a comma');
    this.#at = end + 1;
    this.#needed = 0;
    // A connection that waits for its next request holds no memory for the last one.
    if (this.#at === last) this.#begin(EMPTY, 0);
    if (this.#frame !== undefined) return this.#frame(bytes, at + 1, end);
    return (this.#isLent ? copyOf(bytes, at + 1, end) : bytes.subarray(at + 1, end)) as Frame;
  }

  #fail(message: string): never {
    this.#begin(EMPTY, 0);
    this.#later = [];
    this.#laterLength = 0;
    this.#failure = new FramingError(message);
    throw this.#failure;
  }
}

/** `<length>:`, a text of ASCII and the bytes behind it, `,` in one buffer. */
export function encodeNetstring(bytes: Uint8Array, before = ''): Buffer {
  const length = before.length + bytes.length;
  const header = `${length}:${before}`;
  const frame = Buffer.allocUnsafe(header.length + bytes.length + 1);
  for (let i = 0; i < header.length; i++) frame[i] = header.charCodeAt(i);
  frame.set(bytes, header.length);
  frame[frame.length - 1] = COMMA;
  return frame;
}

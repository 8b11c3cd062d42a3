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

export class NetstringDecoder implements FrameDecoder {
  readonly #limit: number;
  /** Bytes being read, from `#at` on; while a frame is incomplete, further chunks wait in `#later`. */
  #bytes: Buffer = EMPTY;
  #at = 0;
  #later: Buffer[] = [];
  #laterLength = 0;
  /** How many bytes from `#at` on the current frame needs at least. */
  #needed = 0;
  #failure: FramingError | undefined;

  constructor(limit = SOCKETMAP_PAYLOAD_LIMIT) {
    this.#limit = limit;
  }

  push(chunk: Buffer): void {
    if (this.#at === this.#bytes.length && this.#laterLength === 0) {
      this.#bytes = chunk;
      this.#at = 0;
      return;
    }
    this.#later.push(chunk);
    this.#laterLength += chunk.length;
  }

  next(): Buffer | null {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#laterLength > 0) {
      if (this.#bytes.length - this.#at + this.#laterLength < this.#needed) return null;
      this.#join();
    }
    return this.#read();
  }

  #join(): void {
    this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), ...this.#later]);
    this.#at = 0;
    this.#later = [];
    this.#laterLength = 0;
  }

  #read(): Buffer | null {
    const bytes = this.#bytes;
    let at = this.#at;
    let length = 0;
    let byte: number | undefined;
    while ((byte = bytes[at]) !== undefined && byte >= ZERO && byte <= NINE) {
      if (length === 0 && at > this.#at) this.#fail('a netstring length starts with 0');
      length = length * 10 + (byte - ZERO);
      if (length > this.#limit) this.#fail(`a netstring is longer than ${this.#limit} bytes`);
      at++;
    }
    if (byte === undefined) {
      this.#needed = at - this.#at + 1;
      return null;
    }
    if (byte !== COLON || at === this.#at) this.#fail('not a netstring');
    const end = at + 1 + length;
    if (end >= bytes.length) {
      this.#needed = end + 1 - this.#at;
      return null;
    }
    if (bytes[end] !== COMMA) this.#fail('a netstring does not end with a comma');
    this.#at = end + 1;
    this.#needed = 0;
    // A connection that waits for its next request holds no memory for the last one.
    if (this.#at === bytes.length) {
      this.#bytes = EMPTY;
      this.#at = 0;
    }
    return bytes.subarray(at + 1, end);
  }

  #fail(message: string): never {
    this.#bytes = EMPTY;
    this.#later = [];
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

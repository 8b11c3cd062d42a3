import type { Argument } from '../../resp/reply.js';
import type { Command } from '../link.js';

const INITIAL_BYTES = 16 * 1024;
/** A buffer that grew beyond this is not kept. */
const LARGEST_KEPT = 1024 * 1024;
/** Up to here a loop over the characters is faster than a call into the runtime. */
const SHORT_TEXT = 64;
/** `$` or `*`, at most 10 digits, two line ends. */
const FRAME_BYTES = 16;

/**
 * Writes commands as RESP arrays of blobs, one after the other into one buffer, so that what a tick sends
 * is one write to the socket.
 */
export class CommandWriter {
  #bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #length = 0;

  /** Bytes written and not taken. */
  get length(): number {
    return this.#length;
  }

  /** Throws a TypeError for an argument that is neither text, bytes nor a number; nothing is written then. */
  add(commands: readonly Command[]): void {
    const start = this.#length;
    try {
      for (const command of commands) this.#command(command);
    } catch (error) {
      this.#length = start;
      throw error;
    }
  }

  /** What was written; valid until the next `add`, which needs `reuse` to have been told. */
  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return bytes;
  }

  /** Whether the taken bytes have left and their memory may be written again. */
  reuse(left: boolean): void {
    if (!left || this.#bytes.length > LARGEST_KEPT) this.#bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  }

  #command(command: Command): void {
    this.#reserve(FRAME_BYTES);
    this.#head(0x2a, command.length);
    for (const argument of command) this.#argument(argument);
  }

  #argument(argument: Argument): void {
    if (typeof argument === 'string') this.#text(argument);
    else if (argument instanceof Uint8Array) this.#blob(argument);
    else if (typeof argument === 'number' || typeof argument === 'bigint') this.#text(String(argument));
    else throw new TypeError('an argument of a command must be a string, bytes or a number');
  }

  #text(text: string): void {
    const { length } = text;
    if (length > SHORT_TEXT) {
      this.#longText(text);
      return;
    }
    this.#reserve(length + FRAME_BYTES);
    const start = this.#length;
    this.#head(0x24, length);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) {
        // Not ASCII: its length in bytes is another than written.
        this.#length = start;
        this.#longText(text);
        return;
      }
      bytes[at++] = code;
    }
    this.#length = at;
    this.#lineEnd();
  }

  #longText(text: string): void {
    const length = Buffer.byteLength(text);
    this.#reserve(length + FRAME_BYTES);
    this.#head(0x24, length);
    this.#length += this.#bytes.write(text, this.#length);
    this.#lineEnd();
  }

  #blob(bytes: Uint8Array): void {
    this.#reserve(bytes.length + FRAME_BYTES);
    this.#head(0x24, bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#lineEnd();
  }

  #head(type: number, count: number): void {
    this.#bytes[this.#length++] = type;
    if (count < 10) this.#bytes[this.#length++] = 0x30 + count;
    else if (count < 100) {
      this.#bytes[this.#length++] = 0x30 + Math.floor(count / 10);
      this.#bytes[this.#length++] = 0x30 + (count % 10);
    } else this.#length += this.#bytes.latin1Write(String(count), this.#length);
    this.#lineEnd();
  }

  #lineEnd(): void {
    this.#bytes[this.#length++] = 0x0d;
    this.#bytes[this.#length++] = 0x0a;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

import { copyOf } from '../core/bytes.js';
import { Double, type Reply, ReplyError, VerbatimText } from './reply.js';
import { ProtocolError } from './request-decoder.js';

/**
 * Cuts a stream of bytes into reply values, RESP2 and RESP3: the client's side of the wire. Nothing is
 * parsed twice, however the stream is cut: open aggregates wait with what they have, a large blob is filled
 * as it comes, and only an unfinished line or small blob is looked at again. Bytes are copied out of the
 * chunk, so that a short value does not keep 64 KiB alive. RESP3 attributes are dropped; streamed
 * aggregates (`*?`), which no server sends, are a ProtocolError, and the decoder is of no use after one.
 */
export class ReplyDecoder {
  #bytes: Buffer = NOTHING;
  #at = 0;
  #rest: Buffer = NOTHING;
  #open: Aggregate | undefined;
  #blob: PartialBlob | undefined;

  /** Every whole reply that has arrived with this chunk. A push message (RESP3) is a `Push`. */
  push(chunk: Uint8Array): (Reply | Push)[] {
    const replies: (Reply | Push)[] = [];
    this.#bytes = this.#join(chunk);
    this.#at = 0;
    if (this.#blob !== undefined && !this.#fill(this.#blob, replies)) return replies;
    while (this.#at < this.#bytes.length) {
      const start = this.#at;
      const value = this.#read();
      if (value === MORE) {
        this.#keepFrom(start);
        break;
      }
      if (value !== OPENED) this.#deliver(value, replies);
    }
    this.#bytes = NOTHING;
    return replies;
  }

  #join(chunk: Uint8Array): Buffer {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#rest.length === 0) return bytes;
    const joined = Buffer.concat([this.#rest, bytes]);
    this.#rest = NOTHING;
    return joined;
  }

  #keepFrom(start: number): void {
    // A large blob took all there was into its own memory.
    if (this.#blob !== undefined) return;
    this.#rest = copyOf(this.#bytes, start, this.#bytes.length);
    if (this.#rest.length > LONGEST_UNFINISHED) throw new ProtocolError('a reply line is too long');
  }

  /** Hands a value to the aggregate that waits for it, or out. */
  #deliver(value: Reply | Push, replies: (Reply | Push)[]): void {
    for (let open = this.#open; open !== undefined; open = this.#open) {
      open.items.push(value as Reply);
      if (open.items.length < open.length) return;
      this.#open = open.parent;
      if (open.type === ATTRIBUTE) return;
      value = finish(open.type, open.items);
    }
    replies.push(value);
  }

  #read(): Reply | Push | typeof MORE | typeof OPENED {
    const type = this.#bytes[this.#at++]!;
    switch (type) {
      case BULK:
      case VERBATIM:
      case BLOB_ERROR:
        return this.#readBlob(type);
      case INTEGER:
        return this.#readInteger();
      case ARRAY:
      case PUSH:
      case SET:
      case MAP:
      case ATTRIBUTE:
        return this.#openAggregate(type);
      default:
        return this.#readLine(type);
    }
  }

  #readLine(type: number): Reply | typeof MORE {
    const start = this.#at;
    const end = this.#bytes.indexOf(CR, start);
    if (end < 0 || end + 1 >= this.#bytes.length) return checkType(type);
    this.#at = end + 2;
    if (type === SIMPLE && end - start === 2 && this.#bytes[start] === 0x4f && this.#bytes[start + 1] === 0x4b) {
      return 'OK';
    }
    return lineValue(type, this.#bytes.latin1Slice(start, end));
  }

  /** The number up to the line's end; undefined when that has not come. */
  #readInteger(): number | bigint | typeof MORE {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    let value = 0;
    let byte = bytes[at];
    for (; byte !== undefined && byte >= ZERO && byte <= NINE; byte = bytes[++at]) value = value * 10 + byte - ZERO;
    if (at + 1 >= bytes.length && (byte === undefined || byte === CR)) return MORE;
    if (byte !== CR || at === start) throw new ProtocolError('a reply has a bad number');
    this.#at = at + 2;
    if (at - start > SAFE_DIGITS) return exact(bytes.latin1Slice(start, at));
    return negative ? -value : value;
  }

  /** A length: -1 is RESP2's null. */
  #readLength(): number | typeof MORE {
    const length = this.#readInteger();
    if (length === MORE) return MORE;
    if (typeof length === 'bigint' || length < -1 || length > LONGEST) {
      throw new ProtocolError('a reply has a bad length');
    }
    return length;
  }

  #readBlob(type: number): Reply | typeof MORE {
    const length = this.#readLength();
    if (length === MORE) return MORE;
    if (length < 0) return null;
    const start = this.#at;
    const end = start + length;
    if (end + 2 > this.#bytes.length) return this.#begin(type, length);
    if (this.#bytes[end] !== CR) throw new ProtocolError('a reply is longer than it says');
    this.#at = end + 2;
    return type === BULK ? copyOf(this.#bytes, start, end) : blobValue(type, this.#bytes.latin1Slice(start, end));
  }

  #begin(type: number, length: number): typeof MORE {
    if (length < LARGE_BLOB) return MORE;
    const bytes = Buffer.allocUnsafe(length + 2);
    this.#blob = { type, bytes, filled: this.#bytes.copy(bytes, 0, this.#at) };
    this.#at = this.#bytes.length;
    return MORE;
  }

  #fill(blob: PartialBlob, replies: (Reply | Push)[]): boolean {
    const copied = this.#bytes.copy(blob.bytes, blob.filled);
    blob.filled += copied;
    this.#at = copied;
    if (blob.filled < blob.bytes.length) return false;
    this.#blob = undefined;
    const value = blob.bytes.subarray(0, -2);
    this.#deliver(blob.type === BULK ? value : blobValue(blob.type, value.latin1Slice()), replies);
    return true;
  }

  #openAggregate(type: number): Reply | Push | typeof MORE | typeof OPENED {
    const length = this.#readLength();
    if (length === MORE) return MORE;
    if (length < 0) return null;
    const items = type === MAP || type === ATTRIBUTE ? length * 2 : length;
    if (items === 0) return type === ATTRIBUTE ? OPENED : finish(type, []);
    const depth = (this.#open?.depth ?? 0) + 1;
    if (depth > DEEPEST) throw new ProtocolError('a reply is nested too deeply');
    this.#open = { type, length: items, items: [], depth, parent: this.#open };
    return OPENED;
  }
}

/** Out-of-band data of RESP3: messages, invalidations. */
export class Push {
  constructor(readonly items: readonly Reply[]) {}
}

interface Aggregate {
  readonly type: number;
  readonly length: number;
  readonly items: Reply[];
  readonly depth: number;
  readonly parent: Aggregate | undefined;
}

interface PartialBlob {
  readonly type: number;
  /** The value and its line end. */
  readonly bytes: Buffer;
  filled: number;
}

/** More bytes are needed. */
const MORE = Symbol('more');
/** An aggregate was begun. */
const OPENED = Symbol('opened');
const NOTHING = Buffer.alloc(0);

const CR = 0x0d;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const SIMPLE = 0x2b;
const ERROR = 0x2d;
const INTEGER = 0x3a;
const BULK = 0x24;
const ARRAY = 0x2a;
const NULL = 0x5f;
const BOOLEAN = 0x23;
const DOUBLE = 0x2c;
const BIG_NUMBER = 0x28;
const VERBATIM = 0x3d;
const BLOB_ERROR = 0x21;
const SET = 0x7e;
const MAP = 0x25;
const PUSH = 0x3e;
const ATTRIBUTE = 0x7c;

const LINE_TYPES = new Set([SIMPLE, ERROR, NULL, BOOLEAN, DOUBLE, BIG_NUMBER]);

/** Redis's proto-max-bulk-len. */
const LONGEST = 512 * 1024 * 1024;
const DEEPEST = 128;
/** Blobs from here on are filled piece by piece rather than joined. */
const LARGE_BLOB = 16 * 1024;
/** An unfinished line or small blob is never longer than this. */
const LONGEST_UNFINISHED = 64 * 1024;
/** With its sign, a number of so many characters is surely below 2^53. */
const SAFE_DIGITS = 15;

function exact(digits: string): number | bigint {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt(digits);
}

/** A line that has not come whole: waits for the rest of it, unless it can never be one. */
function checkType(type: number): typeof MORE {
  if (LINE_TYPES.has(type)) return MORE;
  throw unexpected(type);
}

function lineValue(type: number, line: string): Reply {
  switch (type) {
    case SIMPLE:
      return line;
    case ERROR:
      return new ReplyError(line);
    case NULL:
      return null;
    case BOOLEAN:
      return line === 't';
    case DOUBLE:
      return new Double(line === 'inf' ? Infinity : line === '-inf' ? -Infinity : Number(line));
    case BIG_NUMBER:
      return bigNumber(line);
    default:
      throw unexpected(type);
  }
}

function bigNumber(line: string): bigint {
  if (!/^[+-]?\d+$/.test(line)) throw new ProtocolError('a reply has a bad number');
  return BigInt(line);
}

function blobValue(type: number, text: string): Reply {
  return type === BLOB_ERROR ? new ReplyError(text) : new VerbatimText(text.slice(0, 3), text.slice(4));
}

function finish(type: number, items: Reply[]): Reply | Push {
  switch (type) {
    case PUSH:
      return new Push(items);
    case SET:
      return new Set(items);
    case MAP: {
      const map = new Map<Reply, Reply>();
      for (let i = 0; i < items.length; i += 2) map.set(items[i]!, items[i + 1]!);
      return map;
    }
    default:
      return items;
  }
}

function unexpected(type: number): ProtocolError {
  return new ProtocolError(`unexpected reply type ${JSON.stringify(String.fromCharCode(type))}`);
}

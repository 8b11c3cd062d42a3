import { Area, copyPart, EMPTY_AREA } from './area.js';
import type { ByteString } from './args.js';
import { Block, OutputRoom } from './output-room.js';
import { BigNumber, Double, type Reply, ReplyError, VerbatimText } from './reply.js';
import type { Mark, ReplySink } from './sink.js';

/**
 * Writes replies as RESP2 or RESP3, one behind the other, into a block of the room that all clients share. `take` hands
 * the bytes out; nobody writes over them unless they are given back by `release`.
 */
export class ReplyWriter implements ReplySink {
  protocol: 2 | 3 = 2;
  /** What is longer than this is thrown away, and the writer is `full`. */
  limit = Number.POSITIVE_INFINITY;
  full = false;
  /** The open block, and where in it the bytes begin, how far they go and where it ends. */
  private block = NO_BLOCK;
  private area = EMPTY_AREA;
  private buffer = EMPTY_AREA.bytes;
  private from = 0;
  private at = 0;
  private capacity = 0;
  /** Finished replies that wait for the end of the turn, and the part that was handed out last. */
  private parked: Block | undefined;
  private parkedFrom = 0;
  private parkedTo = 0;
  private handedOut: Block | undefined;
  private handedFrom = 0;
  private handedTo = 0;
  private readonly opened: string[] = [];

  constructor(private readonly room: OutputRoom = new OutputRoom()) {}

  get length(): number {
    return this.parked === undefined ? this.at - this.from : this.at - this.from + this.parkedTo - this.parkedFrom;
  }

  /** Leaves the rest of the block to other connections until the turn's end, when everything is taken. */
  park(): void {
    const { block, from, at, parked } = this;
    if (block === NO_BLOCK) return;
    this.closeBlock();
    if (at === from) this.room.release(block, from, at);
    else if (parked === undefined) {
      this.parked = block;
      this.parkedFrom = from;
      this.parkedTo = at;
    } else if (parked === block && this.parkedTo === from) {
      block.holders--;
      this.parkedTo = at;
    } else this.join(parked, block, from, at);
  }

  private closeBlock(): void {
    this.block.isOpen = false;
    this.block.used = this.at;
    this.openBlock(NO_BLOCK, 0);
  }

  private openBlock(block: Block, length: number): void {
    this.block = block;
    this.area = block.area;
    this.buffer = block.area.bytes;
    this.from = block.used;
    this.at = block.used + length;
    this.capacity = block.area.bytes.length;
  }

  /** Parts that do not lie behind each other. */
  private join(first: Block, second: Block, from: number, to: number): void {
    const parts = [first.area.bytes.subarray(this.parkedFrom, this.parkedTo), second.area.bytes.subarray(from, to)];
    const joined = new Block(new Area(Buffer.concat(parts)));
    joined.holders = 1;
    this.room.release(first, this.parkedFrom, this.parkedTo);
    this.room.release(second, from, to);
    this.parked = joined;
    this.parkedFrom = 0;
    this.parkedTo = joined.used = joined.area.bytes.length;
  }

  /** The bytes that were not taken yet, the first `most` of them: to be followed by `release` or `leave`. */
  take(most = Number.POSITIVE_INFINITY): Buffer {
    this.park();
    const { parked, parkedFrom, parkedTo } = this;
    if (parked === undefined) return EMPTY_AREA.bytes;
    this.handedOut = parked;
    this.handedFrom = parkedFrom;
    this.handedTo = Math.min(parkedTo, parkedFrom + most);
    if (this.handedTo === parkedTo) this.parked = undefined;
    else {
      this.parkedFrom = this.handedTo;
      parked.holders++;
    }
    return parked.area.bytes.subarray(parkedFrom, this.handedTo);
  }

  /** Who took the bytes still reads them: their block is left to it. */
  leave(): void {
    if (this.handedOut !== undefined) this.room.leave(this.handedOut);
    this.handedOut = undefined;
  }

  /** Nobody reads any more what `take` handed out last. */
  release(): void {
    if (this.handedOut !== undefined) this.room.release(this.handedOut, this.handedFrom, this.handedTo);
    this.handedOut = undefined;
  }

  ok(): void {
    this.reserve(5);
    const { buffer, at } = this;
    buffer[at] = 0x2b;
    buffer[at + 1] = 0x4f;
    buffer[at + 2] = 0x4b;
    buffer[at + 3] = 0x0d;
    buffer[at + 4] = 0x0a;
    this.at = at + 5;
  }

  simple(text: string): void {
    this.line(0x2b, text);
  }

  error(message: ByteString): void {
    this.line(0x2d, /[\r\n]/.test(message) ? message.replace(/[\r\n]/g, ' ') : message);
  }

  integer(value: number | bigint): void {
    if (typeof value === 'number') this.header(0x3a, value);
    else this.line(0x3a, value.toString());
  }

  bulk(text: ByteString): void {
    const { length } = text;
    this.header(0x24, length);
    this.reserve(length + 2);
    const { buffer, at } = this;
    if (length < 24) for (let i = 0; i < length; i++) buffer[at + i] = text.charCodeAt(i);
    else buffer.latin1Write(text, at);
    buffer[at + length] = 0x0d;
    buffer[at + length + 1] = 0x0a;
    this.at = at + length + 2;
  }

  bulkBytes(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const length = end - start;
    this.header(0x24, length);
    this.reserve(length + 2);
    const { buffer } = this;
    let at = this.at;
    if (length < 32) for (let i = start; i < end; i++) buffer[at++] = bytes[i]!;
    else {
      buffer.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), at);
      at += length;
    }
    buffer[at] = 0x0d;
    buffer[at + 1] = 0x0a;
    this.at = at + 2;
  }

  bulkPart(area: Area, start: number, length: number): void {
    this.header(0x24, length);
    this.reserve(length + 2);
    copyPart(area, start, this.area, this.at, length);
    const at = this.at + length;
    const { buffer } = this;
    buffer[at] = 0x0d;
    buffer[at + 1] = 0x0a;
    this.at = at + 2;
  }

  nil(): void {
    if (this.protocol === 3) this.raw('_\r\n');
    else this.raw('$-1\r\n');
  }

  nilArray(): void {
    if (this.protocol === 3) this.raw('_\r\n');
    else this.raw('*-1\r\n');
  }

  double(value: number, text = formatDouble(value)): void {
    if (this.protocol === 3) this.line(0x2c, text);
    else this.bulk(text);
  }

  bool(value: boolean): void {
    if (this.protocol === 3) this.raw(value ? '#t\r\n' : '#f\r\n');
    else this.integer(value ? 1 : 0);
  }

  bigNumber(digits: string): void {
    if (this.protocol === 3) this.line(0x28, digits);
    else this.bulk(digits);
  }

  verbatim(format: string, text: ByteString): void {
    if (this.protocol === 2) {
      this.bulk(text);
      return;
    }
    this.header(0x3d, text.length + 4);
    this.raw(`${format}:`);
    this.raw(text);
    this.end();
  }

  array(length: number): void {
    this.header(0x2a, length);
  }

  map(pairs: number): void {
    if (this.protocol === 3) this.header(0x25, pairs);
    else this.header(0x2a, pairs * 2);
  }

  set(length: number): void {
    this.header(this.protocol === 3 ? 0x7e : 0x2a, length);
  }

  attribute(pairs: number): void {
    this.header(0x7c, pairs);
  }

  push(length: number): void {
    this.header(this.protocol === 3 ? 0x3e : 0x2a, length);
  }

  open(kind: 'array' | 'map' | 'set'): Mark {
    this.opened.push(kind);
    return this.mark();
  }

  close(mark: Mark, length: number): void {
    const kind = this.opened.pop();
    if (this.full) return;
    const start = this.from + mark;
    const body = new Area(Buffer.copyBytesFrom(this.buffer, start, this.at - start));
    this.at = start;
    if (kind === 'map') this.map(length);
    else if (kind === 'set') this.set(length);
    else this.array(length);
    this.written(body, 0, body.bytes.length);
  }

  value(reply: Reply): void {
    if (reply === null) this.nil();
    else if (typeof reply === 'string') this.simple(reply);
    else if (typeof reply === 'number' || typeof reply === 'bigint') this.integer(reply);
    else if (typeof reply === 'boolean') this.bool(reply);
    else if (Buffer.isBuffer(reply)) this.bulkBytes(reply);
    else if (reply instanceof ReplyError) this.error(reply.message);
    else if (reply instanceof Double) this.double(reply.value);
    else if (reply instanceof BigNumber) this.bigNumber(reply.digits);
    else if (reply instanceof VerbatimText) this.verbatim(reply.format, reply.text);
    else if (reply instanceof Map) {
      this.map(reply.size);
      for (const [key, value] of reply as ReadonlyMap<Reply, Reply>) {
        this.value(key);
        this.value(value);
      }
    } else if (reply instanceof Set) {
      this.set(reply.size);
      for (const member of reply as ReadonlySet<Reply>) this.value(member);
    } else {
      const items = reply as readonly Reply[];
      this.array(items.length);
      for (const item of items) this.value(item);
    }
  }

  mark(): Mark {
    return this.at - this.from;
  }

  rewind(mark: Mark): void {
    this.at = this.from + mark;
  }

  written(area: Area, start: number, length: number): void {
    this.reserve(length);
    copyPart(area, start, this.area, this.at, length);
    this.at += length;
  }

  private raw(text: ByteString): void {
    this.reserve(text.length);
    this.at += this.buffer.latin1Write(text, this.at);
  }

  private line(type: number, text: ByteString): void {
    this.reserve(text.length + 3);
    this.buffer[this.at++] = type;
    this.at += this.buffer.latin1Write(text, this.at);
    this.end();
  }

  /** A type byte, a number and CRLF: lengths and integers, without making a string of small ones. */
  private header(type: number, value: number): void {
    this.reserve(24);
    const { buffer } = this;
    let at = this.at;
    buffer[at++] = type;
    if (value >= 0 && value < 10) buffer[at++] = 0x30 + value;
    else if (value >= 10 && value < 1_000_000_000) {
      let digits = 2;
      for (let bound = 100; value >= bound; bound *= 10) digits++;
      let rest = value;
      for (let i = at + digits - 1; i >= at; i--) {
        const tenth = (rest / 10) | 0;
        buffer[i] = 0x30 + rest - tenth * 10;
        rest = tenth;
      }
      at += digits;
    } else at += buffer.latin1Write(integerText(value), at);
    buffer[at++] = 0x0d;
    buffer[at++] = 0x0a;
    this.at = at;
  }

  private end(): void {
    this.reserve(2);
    this.buffer[this.at++] = 0x0d;
    this.buffer[this.at++] = 0x0a;
  }

  private reserve(size: number): void {
    if (this.at + size > this.capacity) this.grow(size);
  }

  private grow(size: number): void {
    if (this.full || this.length + size > this.limit) {
      this.full = true;
      this.at = this.from;
      if (this.at + size <= this.capacity) return;
    }
    const { block, from } = this;
    const length = this.at - from;
    const bigger = this.room.obtain(Math.max(length * 2, length + size), block);
    block.area.bytes.copy(bigger.area.bytes, bigger.used, from, this.at);
    if (block !== NO_BLOCK) {
      this.closeBlock();
      this.room.release(block, from, from + length);
    }
    this.openBlock(bigger, length);
  }
}

/** What writers have that hold no block. */
const NO_BLOCK = new Block(EMPTY_AREA);

function integerText(value: number): string {
  return Number.isSafeInteger(value) ? value.toString() : BigInt(value).toString();
}

/** As Redis prints doubles in replies: shortest text that reads back the same, exponents as C's %g does. */
export function formatDouble(value: number): string {
  if (value === Infinity) return 'inf';
  if (value === -Infinity) return '-inf';
  if (Number.isNaN(value)) return 'nan';
  if (Object.is(value, -0)) return '-0';
  if (Number.isSafeInteger(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e17) return BigInt(value).toString();
  return seventeenDigits(value);
}

/**
 * C's printf("%.17g"), which Redis 7.0 uses for every double that is not a whole number: 17 significant digits
 * without the zeros at their end.
 */
function seventeenDigits(value: number): string {
  // Few binary places and few digits before them: the shortest text is the exact one.
  if (Math.abs(value) < 1e5 && Number.isInteger(value * 1024)) return String(value);
  const sign = value < 0 ? '-' : '';
  const { digits, exponent } = roundHalfToEven(Math.abs(value));
  if (exponent < -4 || exponent >= 17) {
    const power = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${withPoint(digits, 1)}e${exponent < 0 ? '-' : '+'}${power}`;
  }
  if (exponent < 0) return sign + withPoint('0'.repeat(-exponent) + digits, 1);
  return sign + withPoint(digits, exponent + 1);
}

/** toExponential rounds a tie up, C to the even digit. */
function roundHalfToEven(value: number): { digits: string; exponent: number } {
  const text = value.toExponential(16);
  const exponent = Number(text.slice(text.indexOf('e') + 1));
  const digits = text[0]! + text.slice(2, 18);
  const exact = value.toExponential(17);
  if (exact[18] !== '5' || !/^\d\.\d{17}0+e/.test(value.toExponential(40))) return { digits, exponent };
  const below = exact[0]! + exact.slice(2, 18);
  return Number(below[16]) % 2 === 0
    ? { digits: below, exponent: Number(exact.slice(exact.indexOf('e') + 1)) }
    : { digits, exponent };
}

function withPoint(digits: string, whole: number): string {
  return `${digits.slice(0, whole)}.${digits.slice(whole)}`.replace(/\.?0+$/, '');
}

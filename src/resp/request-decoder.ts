import { Area, EMPTY_AREA } from './area.js';
import type { Args } from './args.js';

/**
 * Cuts a stream of bytes into commands: RESP arrays of bulk strings, or inline lines. Incremental: a
 * command may arrive in any pieces, nothing is parsed twice, and arguments are places in the received
 * buffer (no copies while whole commands arrive in one chunk).
 *
 * Bounds: bulk length, argument count and inline length as Redis limits them; memory grows with bytes
 * received, never with lengths promised. After a ProtocolError the connection is to be closed.
 */
export class RequestDecoder {
  private area = EMPTY_AREA;
  private buffer = EMPTY_AREA.bytes;
  /** Where the command being read starts, and how far it has been read. */
  private start = 0;
  private at = 0;
  private end = 0;
  /** Bulk strings still missing of the current array, -1 between commands; length of the next one, -1 unknown. */
  private missing = -1;
  private bulkLength = -1;
  /** Whether `buffer` was made here, so that its free end may be written to. */
  private owned = false;

  constructor(private readonly limits: RequestLimits = DEFAULT_LIMITS) {}

  /** Bytes received and not yet handed out as commands. */
  get pending(): number {
    return this.end - this.start;
  }

  /** Bytes of the buffer that holds them, or will when the argument being read has come. */
  get capacity(): number {
    return this.start === this.end ? 0 : Math.max(this.buffer.length, this.expected);
  }

  /** Bytes of the command up to the end of the argument being read; 0 between arguments. */
  private get expected(): number {
    return this.bulkLength > 0 ? this.at - this.start + this.bulkLength + 2 : 0;
  }

  /** Bytes not yet read as arguments. */
  get unread(): number {
    return this.end - this.at;
  }

  /** Between two commands: where the next one starts, until more bytes are pushed. */
  get place(): number {
    return this.start;
  }

  /** Commands from this place on will be read again. */
  rewind(place: number): void {
    this.start = this.at = place;
    this.missing = this.bulkLength = -1;
  }

  /** Lets go of a buffer that holds nothing. */
  release(): void {
    if (this.start === this.end) this.use(EMPTY_AREA);
  }

  /** Takes the chunk over: it must not be written to afterwards. */
  push(chunk: Buffer): void {
    if (this.start === this.end) this.begin(new Area(chunk), chunk.length);
    else this.append(chunk);
  }

  /** As `push`, the first bytes of an area that will be written over, after `keep` was called. */
  lend(area: Area, length: number): void {
    if (this.start === this.end) this.begin(area, length);
    else this.append(area.bytes.subarray(0, length));
  }

  /** Takes along what is left of what was lent. */
  keep(): void {
    if (!this.owned && this.start < this.end) this.move(0);
  }

  private begin(area: Area, length: number): void {
    this.use(area);
    this.owned = false;
    this.end = length;
    this.start = this.at = 0;
  }

  /**
   * Reads the next whole command into `args`. False: more bytes are needed; `args` must then be given
   * again unchanged, since it holds the part read so far. An empty line or array gives no command.
   */
  next(args: Args): boolean {
    for (;;) {
      if (this.missing < 0) {
        if (this.at >= this.end) return false;
        if (this.buffer[this.at] !== ASTERISK) {
          const found = this.inline(args);
          if (found === undefined) return false;
          if (found) return true;
          this.limits.skipped?.();
          continue;
        }
        if (!this.arrayHead(args)) return false;
        if (this.missing <= 0) {
          this.finish();
          this.limits.skipped?.();
          continue;
        }
      }
      if (!this.bulks(args)) return false;
      args.area = this.area;
      args.base = this.start;
      args.requestLength = this.at - this.start;
      this.finish();
      return true;
    }
  }

  private use(area: Area): void {
    this.area = area;
    this.buffer = area.bytes;
  }

  private finish(): void {
    this.missing = -1;
    this.start = this.at;
  }

  private arrayHead(args: Args): boolean {
    const strict = this.limits.unauthenticated?.();
    let count: number | undefined = this.shortNumber();
    if (count < 0) {
      const line = this.lineEnd('mbulk');
      if (line < 0) return false;
      count = this.number(this.at + 1, line);
      this.at = line + 2;
    }
    if (count === undefined || count > MAX_ARGUMENTS) throw new ProtocolError('invalid multibulk length');
    if (strict && count > 10) throw new ProtocolError('unauthenticated multibulk length');
    this.missing = count;
    args.resetIn(this.area, this.start);
    return true;
  }

  private bulks(args: Args): boolean {
    while (this.missing > 0) {
      if (this.bulkLength < 0 && !this.bulkHead()) return false;
      if (this.end - this.at < this.bulkLength + 2) return false;
      args.add(this.at - this.start, this.bulkLength);
      this.at += this.bulkLength + 2;
      this.bulkLength = -1;
      this.missing--;
    }
    return true;
  }

  private bulkHead(): boolean {
    if (this.at >= this.end) return false;
    const type = this.buffer[this.at]!;
    if (type !== DOLLAR) throw new ProtocolError(`expected '$', got '${String.fromCharCode(type)}'`);
    this.bulkLength = this.shortNumber();
    return this.bulkLength >= 0 || this.slowBulkHead();
  }

  /** The usual header, a number of one to three digits that has arrived whole, read in place; else -1. */
  private shortNumber(): number {
    const { buffer } = this;
    let at = this.at + 1;
    if (this.end - at < 5) return -1;
    if (buffer[at] === ZERO && buffer[at + 1] !== CR) return -1;
    let value = 0;
    for (let digits = 0; digits < 4; digits++, at++) {
      const byte = buffer[at]!;
      if (byte === CR && digits > 0) {
        this.at = at + 2;
        return value;
      }
      if (byte < ZERO || byte > NINE) return -1;
      value = value * 10 + byte - ZERO;
    }
    return -1;
  }

  private slowBulkHead(): boolean {
    const line = this.lineEnd('bulk');
    if (line < 0) return false;
    const length = this.number(this.at + 1, line);
    if (length === undefined || length < 0 || length > this.limits.maxBulk()) {
      throw new ProtocolError('invalid bulk length');
    }
    if (length > 16384 && this.limits.unauthenticated?.()) throw new ProtocolError('unauthenticated bulk length');
    this.bulkLength = length;
    this.at = line + 2;
    return true;
  }

  /** The place of the CR that ends the line at `at`, with its LF there too; -1 when it has not come yet. */
  private lineEnd(what: 'bulk' | 'mbulk'): number {
    const cr = this.buffer.indexOf(CR, this.at);
    if (cr < 0 || cr >= this.end) {
      if (this.end - this.at > MAX_INLINE) throw new ProtocolError(`too big ${what} count string`);
      return -1;
    }
    return cr + 1 < this.end ? cr : -1;
  }

  /** A decimal integer between two places, as Redis's string2ll takes it; undefined otherwise. */
  private number(from: number, to: number): number | undefined {
    const text = this.buffer.latin1Slice(from, to);
    return /^(?:0|-?[1-9][0-9]{0,17})$/.test(text) ? Number(text) : undefined;
  }

  /** True: a command; false: an empty line; undefined: not a whole line yet. */
  private inline(args: Args): boolean | undefined {
    const lf = this.buffer.indexOf(LF, this.at);
    if (lf < 0 || lf >= this.end) {
      if (this.end - this.at > MAX_INLINE) throw new ProtocolError('too big inline request');
      return undefined;
    }
    const lineEnd = lf > this.at && this.buffer[lf - 1] === CR ? lf - 1 : lf;
    const words = splitWords(this.buffer.latin1Slice(this.at, lineEnd));
    this.at = lf + 1;
    this.start = this.at;
    if (words === undefined) throw new ProtocolError('unbalanced quotes in request');
    if (words.length === 0) return false;
    args.fill(words);
    return true;
  }

  /** Keeps what is left and the new chunk together, with room to grow so that long values are not copied often. */
  private append(chunk: Buffer): void {
    const free = this.owned ? this.buffer.length - this.end : 0;
    if (free < chunk.length) this.move(chunk.length);
    chunk.copy(this.buffer, this.end);
    this.end += chunk.length;
  }

  /** To an area with room for more. */
  private move(more: number): void {
    const rest = this.end - this.start;
    const need = rest + more;
    const bigger = Area.of(Math.max(need, Math.min(this.expected, need * 2), 1024));
    this.buffer.copy(bigger.bytes, 0, this.start, this.end);
    this.use(bigger);
    this.at -= this.start;
    this.start = 0;
    this.end = rest;
    this.owned = true;
  }
}

export interface RequestLimits {
  /** `proto-max-bulk-len`. */
  readonly maxBulk: () => number;
  /** Before AUTH Redis takes no long commands; true while that holds. */
  readonly unauthenticated?: () => boolean;
  /** Called for each request without a command: an empty line or array. */
  readonly skipped?: () => void;
}

/** The peer does not speak RESP; the message is what Redis puts behind "ERR Protocol error: ". */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/**
 * Splits a line into words as Redis's inline commands and redis-cli do: "…" with \n \r \t \b \a \xHH and
 * \" escapes, '…' with \' only, a closing quote must be followed by a blank. Undefined: unbalanced quotes.
 */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && BLANK.includes(line[at]!)) at++;
    if (at >= line.length) return words;
    let word = '';
    let quote = '';
    for (; at < line.length || quote !== ''; at++) {
      const char = line[at];
      if (quote !== '') {
        if (char === undefined) return undefined;
        if (char === '\\' && quote === '"') {
          const [text, length] = escapeSequence(line, at);
          word += text;
          at += length - 1;
        } else if (char === '\\' && line[at + 1] === "'") {
          word += "'";
          at++;
        } else if (char === quote) {
          if (at + 1 < line.length && !BLANK.includes(line[at + 1]!)) return undefined;
          quote = '';
          at++;
          break;
        } else word += char;
      } else if (char === '"' || char === "'") quote = char;
      else if (char === undefined || BLANK.includes(char)) break;
      else word += char;
    }
    words.push(word);
  }
}

/** The character a backslash sequence stands for, and how many characters it takes. */
function escapeSequence(line: string, at: number): [string, number] {
  const hex = /^\\x([0-9a-fA-F]{2})/.exec(line.slice(at, at + 4));
  if (hex) return [String.fromCharCode(Number.parseInt(hex[1]!, 16)), 4];
  const next = line[at + 1];
  if (next === undefined) return ['\\', 1];
  return [ESCAPES[next] ?? next, 2];
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };
const BLANK = ' \n\r\t\0\v\f';
const MAX_INLINE = 64 * 1024;
const MAX_ARGUMENTS = 2 ** 31 - 1;
const DEFAULT_LIMITS: RequestLimits = { maxBulk: () => 512 * 1024 * 1024 };
const ASTERISK = 0x2a;
const DOLLAR = 0x24;
const ZERO = 0x30;
const NINE = 0x39;
const CR = 0x0d;
const LF = 0x0a;

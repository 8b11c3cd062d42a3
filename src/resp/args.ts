import { Area, EMPTY_AREA } from './area.js';
import type { Argument } from './reply.js';

/**
 * Text in which every character stands for one byte (latin1), so that any bytes survive and JavaScript can
 * use it as a Map key. What the bundled server keeps members, fields and names in.
 */
export type ByteString = string;

/**
 * The arguments of one command as places in the buffer they came in: nothing is copied until a handler
 * asks. The object is reused from command to command; what must outlive the call is taken with `bytes`
 * or `text`.
 */
export class Args {
  area = EMPTY_AREA;
  /** Where the command starts in the area; offsets count from here, so that it may be moved to another one. */
  base = 0;
  count = 0;
  /** Bytes of the request they came in, from `base` on; 0: they came in none, or have been taken out of it. */
  requestLength = 0;
  /** The argument whose hash as a key is known, -1 none (keyspace/entries.ts). */
  hashed = -1;
  hash = 0;
  /** The same of an argument as a member (data/member-table.ts). */
  memberHashed = -1;
  memberHash = 0;
  /** Offset and length of each. */
  private places = new Int32Array(16);

  /** Arguments of their own, from text (one byte a character), bytes or numbers. */
  static of(...values: readonly Argument[]): Args {
    return Args.from(values);
  }

  static from(values: readonly Argument[]): Args {
    const args = new Args();
    args.fill(values);
    return args;
  }

  /** Text arguments are taken as byte strings, numbers in decimal. */
  fill(values: readonly Argument[]): void {
    let size = 0;
    for (const value of values) size += typeof value === 'object' ? value.length : String(value).length;
    const buffer = Buffer.allocUnsafe(size);
    this.reset(buffer, 0);
    let at = 0;
    for (const value of values) {
      const start = at;
      if (typeof value === 'object') {
        buffer.set(value, at);
        at += value.length;
      } else at += buffer.latin1Write(String(value), at);
      this.add(start, at - start);
    }
  }

  get buffer(): Buffer {
    return this.area.bytes;
  }

  reset(buffer: Buffer, base: number): void {
    this.resetIn(this.area.bytes === buffer ? this.area : new Area(buffer), base);
  }

  resetIn(area: Area, base: number): void {
    this.area = area;
    this.base = base;
    this.count = 0;
    this.requestLength = 0;
    this.hashed = -1;
    this.memberHashed = -1;
  }

  add(offset: number, length: number): void {
    if (this.count * 2 === this.places.length) this.grow();
    this.places[this.count * 2] = offset;
    this.places[this.count++ * 2 + 1] = length;
  }

  start(i: number): number {
    return this.base + this.places[i * 2]!;
  }

  length(i: number): number {
    return this.places[i * 2 + 1]!;
  }

  /**
   * Length of the request as it came, from `base` on, where it is what a client should send: each line ends with CR LF. Of
   * the two a server that reads looks for one. 0 where it is not, or is no longer there.
   */
  get wholeRequest(): number {
    const { area, base, count, requestLength } = this;
    if (requestLength === 0 || area.view.getUint16(base + 1 + digits(count)) !== CR_LF) return 0;
    for (let i = 0; i < count; i++) {
      const end = this.start(i) + this.length(i);
      if (area.view.getUint16(end) !== CR_LF || area.view.getUint16(this.start(i) - 2) !== CR_LF) return 0;
    }
    return requestLength;
  }

  text(i: number): ByteString {
    const start = this.start(i);
    return this.buffer.latin1Slice(start, start + this.length(i));
  }

  /** Lower case, for options and subcommands. */
  word(i: number): string {
    return this.text(i).toLowerCase();
  }

  /** A copy. */
  bytes(i: number): Buffer {
    const start = this.start(i);
    return Buffer.copyBytesFrom(this.buffer, start, this.length(i));
  }

  /** The bytes in place: gone when the call ends. */
  view(i: number): Buffer {
    const start = this.start(i);
    return this.buffer.subarray(start, start + this.length(i));
  }

  texts(from = 0, to = this.count): ByteString[] {
    const texts: ByteString[] = [];
    for (let i = from; i < to; i++) texts.push(this.text(i));
    return texts;
  }

  /** A copy that outlives the call (MULTI's queue, blocked clients, the effect stream). */
  clone(): Args {
    const copy = new Args();
    let end = 0;
    for (let i = 0; i < this.count; i++) end = Math.max(end, this.places[i * 2]! + this.length(i));
    copy.reset(Buffer.copyBytesFrom(this.buffer, this.base, end), 0);
    copy.takeOver(this, 0);
    return copy;
  }

  /** Takes what it holds along: the area will be written over. */
  keep(): void {
    const copy = this.clone();
    this.resetIn(copy.area, 0);
    this.takeOver(copy, 0);
  }

  /** Adds another's arguments from one on, in the same bytes. */
  takeOver(other: Args, from: number): void {
    for (let i = from; i < other.count; i++) this.add(other.places[i * 2]!, other.length(i));
  }

  private grow(): void {
    const places = new Int32Array(this.places.length * 2);
    places.set(this.places);
    this.places = places;
  }
}

/** Of a number in decimal that is not negative. */
export function digits(value: number): number {
  let count = 1;
  for (let bound = 10; value >= bound; bound *= 10) count++;
  return count;
}

const CR_LF = 0x0d0a;

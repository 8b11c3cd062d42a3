import type { Area } from './area.js';
import type { ByteString } from './args.js';
import { BigNumber, Double, type Reply, ReplyError, VerbatimText } from './reply.js';
import type { Mark, ReplySink } from './sink.js';
import { formatDouble } from './writer.js';

/**
 * Builds the reply of one command as a value. Items are kept flat while the handler writes; `take` folds
 * them into aggregates. With protocol 2 the value is what a RESP2 client would read.
 */
export class ReplyBuilder implements ReplySink {
  readonly full = false;
  private items: Item[] = [];

  constructor(public protocol: 2 | 3 = 3) {}

  /** The one reply written since the last `take`. */
  take(): Reply {
    const { items } = this;
    this.items = [];
    if (items.length === 1 && !(items[0] instanceof Head)) return items[0] as Reply;
    return new Folding(items).next();
  }

  /** Every reply and push message written since the last `take`. */
  takeAll(): Reply[] {
    const { items } = this;
    this.items = [];
    const folding = new Folding(items);
    const replies: Reply[] = [];
    while (!folding.done) replies.push(folding.next());
    return replies;
  }

  ok(): void {
    this.items.push('OK');
  }

  simple(text: string): void {
    this.items.push(text);
  }

  error(message: ByteString): void {
    this.items.push(new ReplyError(message));
  }

  integer(value: number | bigint): void {
    this.items.push(typeof value === 'bigint' && isSafe(value) ? Number(value) : value);
  }

  bulk(text: ByteString): void {
    this.items.push(Buffer.from(text, 'latin1'));
  }

  bulkBytes(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const copy = Buffer.allocUnsafe(end - start);
    if (end - start < 48) for (let i = 0; i < copy.length; i++) copy[i] = bytes[start + i]!;
    else copy.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end));
    this.items.push(copy);
  }

  bulkPart({ bytes }: Area, start: number, length: number): void {
    this.bulkBytes(bytes, start, start + length);
  }

  nil(): void {
    this.items.push(null);
  }

  nilArray(): void {
    this.items.push(null);
  }

  double(value: number, text?: string): void {
    if (this.protocol === 3) this.items.push(new Double(value));
    else this.bulk(text ?? formatDouble(value));
  }

  bool(value: boolean): void {
    this.items.push(this.protocol === 3 ? value : value ? 1 : 0);
  }

  bigNumber(digits: string): void {
    if (this.protocol === 3) this.items.push(new BigNumber(digits));
    else this.bulk(digits);
  }

  verbatim(format: string, text: ByteString): void {
    if (this.protocol === 3) this.items.push(new VerbatimText(format, text));
    else this.bulk(text);
  }

  array(length: number): void {
    this.items.push(new Head('array', length));
  }

  map(pairs: number): void {
    this.items.push(this.protocol === 3 ? new Head('map', pairs) : new Head('array', pairs * 2));
  }

  set(length: number): void {
    this.items.push(new Head(this.protocol === 3 ? 'set' : 'array', length));
  }

  /** Values have no place for it: it is dropped. */
  attribute(pairs: number): void {
    this.items.push(new Head('attribute', pairs));
  }

  push(length: number): void {
    this.array(length);
  }

  open(kind: 'array' | 'map' | 'set'): Mark {
    this.items.push(new Head(kind, 0));
    return this.items.length - 1;
  }

  close(mark: Mark, length: number): void {
    const { kind } = this.items[mark] as Head;
    const flat = this.protocol === 2 && kind !== 'array';
    this.items[mark] = flat ? new Head('array', kind === 'map' ? length * 2 : length) : new Head(kind, length);
  }

  value(reply: Reply): void {
    this.items.push(reply);
  }

  mark(): Mark {
    return this.items.length;
  }

  rewind(mark: Mark): void {
    this.items.length = mark;
  }
}

class Head {
  constructor(
    readonly kind: 'array' | 'map' | 'set' | 'attribute',
    readonly length: number,
  ) {}
}

type Item = Reply | Head;

class Folding {
  private at = 0;
  constructor(private readonly items: readonly Item[]) {}

  get done(): boolean {
    return this.at >= this.items.length;
  }

  next(): Reply {
    const item = this.items[this.at++];
    if (!(item instanceof Head)) return item ?? null;
    switch (item.kind) {
      case 'array':
        return this.list(item.length);
      case 'set':
        return new Set(this.list(item.length));
      case 'attribute':
        this.list(item.length * 2);
        return this.next();
      case 'map': {
        const map = new Map<Reply, Reply>();
        for (let i = 0; i < item.length; i++) map.set(this.next(), this.next());
        return map;
      }
    }
  }

  private list(length: number): Reply[] {
    const list: Reply[] = new Array(length);
    for (let i = 0; i < length; i++) list[i] = this.next();
    return list;
  }
}

function isSafe(value: bigint): boolean {
  return value <= 9007199254740991n && value >= -9007199254740991n;
}

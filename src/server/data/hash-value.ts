import type { Args, ByteString } from '../../resp/args.js';
import type { ReplySink } from '../../resp/sink.js';
import { type CollectionValue, Type } from '../keyspace/value.js';
import { MemberTable } from './member-table.js';
import { ValueStore } from './value-store.js';

/** Up to when a hash is a "listpack". */
export interface HashLimits {
  readonly hashMaxListpackEntries: number;
  readonly hashMaxListpackValue: number;
}

/**
 * A hash: fields with values, in no promised order. While it is small ("listpack") its fields keep the order
 * they came in, as in Redis, and a scan shows them all at once; once converted it stays a "hashtable".
 *
 * Fields can have a time of their own (HEXPIRE), which costs nothing where none has. One whose time is over stays
 * until somebody removes it, and counts in `size`: whoever reads asks `isLive`.
 */
export class HashValue implements CollectionValue {
  readonly type = Type.hash;
  private fields = new MemberTable();
  private values = new ValueStore();
  private compact = true;
  /** It has had fields with a time: a "listpack" became a "listpackex". */
  private extended = false;
  /** When fields' times are over, by place; 0: never. Absent while there is none. */
  private expiries: number[] | undefined;
  private expiring = 0;
  nextExpiry = Number.POSITIVE_INFINITY;
  counted = 0;

  constructor(private readonly limits: HashLimits) {}

  get encoding(): 'listpack' | 'listpackex' | 'hashtable' {
    if (!this.compact) return 'hashtable';
    return this.extended ? 'listpackex' : 'listpack';
  }

  get size(): number {
    return this.values.size;
  }

  get pieces(): number {
    return this.compact ? 1 : this.values.size;
  }

  /** The place of the field that the argument names, -1 when it is missing: valid until the next removal. */
  find(args: Args, i: number): number {
    return this.fields.find(args, i);
  }

  field(place: number): ByteString {
    return this.fields.members[place]!;
  }

  value(place: number): ByteString {
    return this.values.text(place);
  }

  valueLength(place: number): number {
    return this.values.length(place);
  }

  replyValue(place: number, reply: ReplySink): void {
    this.values.reply(place, reply);
  }

  /** Milliseconds since the epoch; 0: the field stays. */
  expiry(place: number): number {
    return this.expiries === undefined ? 0 : this.expiries[place]!;
  }

  isLive(place: number, now: number): boolean {
    const expiry = this.expiry(place);
    return expiry === 0 || expiry > now;
  }

  /** How many fields are live: counted only where one may be over. */
  liveSize(now: number): number {
    if (this.nextExpiry > now) return this.size;
    let live = 0;
    for (let place = 0; place < this.size; place++) if (this.isLive(place, now)) live++;
    return live;
  }

  /** Sets the field named by an argument, to stay; true when it is new. */
  set(args: Args, i: number, value: ByteString): boolean {
    return this.setBytes(args, i, Buffer.from(value, 'latin1'), 0, value.length);
  }

  /** The same with a value that is an argument too. */
  setArgument(args: Args, i: number, value: number): boolean {
    return this.setBytes(args, i, args.buffer, args.start(value), args.length(value));
  }

  private setBytes(args: Args, i: number, bytes: Buffer, start: number, length: number): boolean {
    if (args.length(i) > this.limits.hashMaxListpackValue) this.compact = false;
    const place = this.fields.find(args, i);
    if (place >= 0) {
      this.overwrite(place, bytes, start, length);
      if (this.expiries !== undefined) this.setExpiry(place, 0);
      return false;
    }
    if (length > this.limits.hashMaxListpackValue) this.compact = false;
    this.fields.add(args.text(i));
    this.values.push(bytes, start, length);
    this.expiries?.push(0);
    if (this.values.size > this.limits.hashMaxListpackEntries) this.compact = false;
    return true;
  }

  /** The field keeps its time. */
  setValue(place: number, value: ByteString): void {
    this.overwrite(place, Buffer.from(value, 'latin1'), 0, value.length);
  }

  private overwrite(place: number, bytes: Buffer, start: number, length: number): void {
    if (length > this.limits.hashMaxListpackValue) this.compact = false;
    this.values.set(place, bytes, start, length);
  }

  /** Milliseconds since the epoch, 0 to let the field stay. */
  setExpiry(place: number, at: number): void {
    const before = this.expiry(place);
    if (before === at) return;
    this.expiries ??= new Array<number>(this.values.size).fill(0);
    this.expiries[place] = at;
    this.extended = true;
    if (before === 0) this.expiring++;
    if (at === 0) this.forgetExpiry();
    else if (at < this.nextExpiry) this.nextExpiry = at;
  }

  /** Becomes a "hashtable", as for a value too long that is announced but not set yet. */
  convert(): void {
    this.compact = false;
  }

  remove(place: number): void {
    if (this.expiries !== undefined) this.removeExpiry(this.expiries, place);
    if (this.compact) {
      this.fields.removeInOrder(place);
      this.values.removeInOrder(place);
      return;
    }
    this.fields.removeBySwap(place);
    this.values.removeBySwap(place);
  }

  dropExpired(now: number, limit: number, dropped: (field: ByteString) => void): void {
    let next = Number.POSITIVE_INFINITY;
    // From the end: a removal moves only what was looked at already.
    for (let place = this.size - 1, left = limit; place >= 0 && this.nextExpiry <= now; place--) {
      const expiry = this.expiry(place);
      if (expiry === 0) continue;
      if (expiry > now) next = Math.min(next, expiry);
      else {
        if (left-- === 0) return;
        dropped(this.field(place));
        this.remove(place);
      }
    }
    if (this.nextExpiry <= now) this.nextExpiry = next;
  }

  /** One step of HSCAN over places. */
  scan(cursor: number, visit: (place: number) => void): number {
    if (!this.compact) return this.fields.scan(cursor, visit);
    for (let place = 0; place < this.values.size; place++) visit(place);
    return 0;
  }

  clone(): HashValue {
    const copy = new HashValue(this.limits);
    copy.fields = this.fields.clone();
    copy.values = this.values.clone();
    copy.compact = this.compact;
    copy.extended = this.extended;
    copy.expiries = this.expiries?.slice();
    copy.expiring = this.expiring;
    copy.nextExpiry = this.nextExpiry;
    return copy;
  }

  memory(): number {
    const times = this.expiries === undefined ? 0 : this.values.size * 8;
    return OBJECTS + this.fields.memory() + this.values.memory() + times;
  }

  /** As the value's place is removed. */
  private removeExpiry(expiries: number[], place: number): void {
    const gone = expiries[place]!;
    if (this.compact) expiries.splice(place, 1);
    else {
      const last = expiries.pop()!;
      if (place < expiries.length) expiries[place] = last;
    }
    if (gone !== 0) this.forgetExpiry();
  }

  private forgetExpiry(): void {
    if (--this.expiring > 0) return;
    this.expiries = undefined;
    this.nextExpiry = Number.POSITIVE_INFINITY;
  }
}

/** The objects of a small one on the heap, as measured: arrays have room to grow. */
const OBJECTS = 440;

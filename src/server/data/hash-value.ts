import { Area } from '../../resp/area.js';
import { Args, type ByteString } from '../../resp/args.js';
import type { ReplySink } from '../../resp/sink.js';
import type { IndexTable } from '../keyspace/index-table.js';
import { type CollectionValue, Type } from '../keyspace/value.js';
import { HashTable } from './hash-table.js';
import { PackedHash } from './packed-hash.js';
import { PagedNumbers } from './paged-array.js';

/** Up to when a hash is a "listpack". */
export interface HashLimits {
  readonly hashMaxListpackEntries: number;
  readonly hashMaxListpackValue: number;
}

/**
 * A hash: fields with values, in no promised order. While it is small ("listpack") its fields keep the order
 * they came in, as in Redis, and a scan shows them all at once; once converted it stays a "hashtable".
 *
 * A small one is packed, unless its fields have times or its bytes are many: such a one is a table already, and
 * called a "listpack" all the same.
 *
 * Fields can have a time of their own (HEXPIRE), which costs nothing where none has. One whose time is over stays
 * until somebody removes it, and counts in `size`: whoever reads asks `isLive`.
 */
export class HashValue implements CollectionValue {
  readonly type = Type.hash;
  pack: PackedHash | undefined;
  private fields: PackedHash | HashTable;
  private compact = true;
  /** It has had fields with a time: a "listpack" became a "listpackex". */
  private extended = false;
  /** When fields' times are over, by place; 0: never. Absent while there is none. */
  private expiries: PagedNumbers | undefined;
  private expiring = 0;
  nextExpiry = Number.POSITIVE_INFINITY;
  counted = 0;

  constructor(private readonly limits: HashLimits) {
    this.fields = this.pack = new PackedHash();
  }

  get encoding(): 'listpack' | 'listpackex' | 'hashtable' {
    if (!this.compact) return 'hashtable';
    return this.extended ? 'listpackex' : 'listpack';
  }

  get index(): IndexTable | undefined {
    return this.fields instanceof HashTable && !this.compact ? this.fields.index : undefined;
  }

  get size(): number {
    return this.fields.size;
  }

  get pieces(): number {
    return this.compact ? 1 : this.size;
  }

  /** The place of the field that the argument names, -1 when it is missing: valid until the next removal. */
  find(args: Args, i: number): number {
    return this.fields.find(args, i);
  }

  fetch(commands: readonly Args[], members: Int32Array, count: number): number {
    return this.fields instanceof HashTable ? this.fields.fetch(commands, members, count) : 0;
  }

  field(place: number): ByteString {
    return this.fields.field(place);
  }

  value(place: number): ByteString {
    return this.fields.value(place);
  }

  valueLength(place: number): number {
    return this.fields.valueLength(place);
  }

  replyField(place: number, reply: ReplySink): void {
    this.fields.replyField(place, reply);
  }

  replyValue(place: number, reply: ReplySink): void {
    this.fields.replyValue(place, reply);
  }

  /** Milliseconds since the epoch; 0: the field stays. */
  expiry(place: number): number {
    return this.expiries === undefined ? 0 : this.expiries.at(place);
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
    return this.setBytes(args, i, textArea(value), 0, value.length);
  }

  /** The same with a value that is an argument too. */
  setArgument(args: Args, i: number, value: number): boolean {
    return this.setBytes(args, i, args.area, args.start(value), args.length(value));
  }

  private setBytes(args: Args, i: number, area: Area, start: number, length: number): boolean {
    const { hashMaxListpackEntries, hashMaxListpackValue } = this.limits;
    if (this.compact && args.length(i) > hashMaxListpackValue) this.convert();
    const place = this.fields.find(args, i);
    if (place >= 0) {
      this.overwrite(place, area, start, length);
      if (this.expiries !== undefined) this.setExpiry(place, 0);
      return false;
    }
    if (this.compact && (length > hashMaxListpackValue || this.size >= hashMaxListpackEntries)) this.convert();
    if (this.pack !== undefined && !this.pack.hasRoom(args.length(i) + length)) this.unpack(this.pack);
    this.fields.add(args, i, area, start, length);
    this.expiries?.push(0);
    return true;
  }

  /** The field keeps its time. */
  setValue(place: number, value: ByteString): void {
    this.overwrite(place, textArea(value), 0, value.length);
  }

  private overwrite(place: number, area: Area, start: number, length: number): void {
    if (this.compact && length > this.limits.hashMaxListpackValue) this.convert();
    if (this.pack !== undefined && !this.pack.hasRoom(length)) this.unpack(this.pack);
    this.fields.setValue(place, area, start, length);
  }

  /** Milliseconds since the epoch, 0 to let the field stay. */
  setExpiry(place: number, at: number): void {
    const before = this.expiry(place);
    if (before === at) return;
    if (this.pack !== undefined) this.unpack(this.pack);
    this.expiries ??= PagedNumbers.zeros(this.size);
    this.expiries.set(place, at);
    this.extended = true;
    if (before === 0) this.expiring++;
    if (at === 0) this.forgetExpiry();
    else if (at < this.nextExpiry) this.nextExpiry = at;
  }

  /** Becomes a "hashtable", also for a value too long that is announced but not set yet. */
  convert(): void {
    this.compact = false;
    if (this.pack !== undefined) this.unpack(this.pack);
    else if (this.fields instanceof HashTable) this.fields.ordered = false;
  }

  private unpack(pack: PackedHash): void {
    const table = new HashTable();
    table.ordered = this.compact;
    for (let place = 0; place < pack.size; place++) {
      const pair = Args.of(pack.field(place), pack.value(place));
      table.add(pair, 0, pair.area, pair.start(1), pair.length(1));
    }
    this.fields = table;
    this.pack = undefined;
    pack.leave(this);
  }

  remove(place: number): void {
    if (this.expiries !== undefined) this.removeExpiry(this.expiries, place);
    this.fields.remove(place);
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
    if (!this.compact && this.fields instanceof HashTable) return this.fields.scan(cursor, visit);
    for (let place = 0; place < this.size; place++) visit(place);
    return 0;
  }

  clone(): HashValue {
    const copy = new HashValue(this.limits);
    if (this.pack !== undefined) copy.fields = copy.pack = this.pack.clone();
    else {
      copy.fields = this.fields.clone();
      copy.pack = undefined;
    }
    copy.compact = this.compact;
    copy.extended = this.extended;
    copy.expiries = this.expiries?.clone();
    copy.expiring = this.expiring;
    copy.nextExpiry = this.nextExpiry;
    return copy;
  }

  memory(): number {
    if (this.pack !== undefined) return this.pack.memory();
    const times = this.expiries === undefined ? 0 : this.size * 8;
    return OBJECTS + this.fields.memory() + times;
  }

  /** As the value's place is removed. */
  private removeExpiry(expiries: PagedNumbers, place: number): void {
    const gone = expiries.at(place);
    if (this.compact) expiries.removeInOrder(place);
    else {
      const last = expiries.pop();
      if (place < expiries.length) expiries.set(place, last);
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

function textArea(text: ByteString): Area {
  return new Area(Buffer.from(text, 'latin1'));
}

import type { Args, ByteString } from '../../resp/args.js';
import { type CollectionValue, Type } from '../keyspace/value.js';
import { MemberTable, textsMemory } from './member-table.js';

/** Up to when a hash is a "listpack". */
export interface HashLimits {
  readonly hashMaxListpackEntries: number;
  readonly hashMaxListpackValue: number;
}

/**
 * A hash: fields with values, in no promised order. While it is small ("listpack") its fields keep the order
 * they came in, as in Redis, and a scan shows them all at once; once converted it stays a "hashtable".
 */
export class HashValue implements CollectionValue {
  readonly type = Type.hash;
  private fields = new MemberTable();
  private values: ByteString[] = [];
  /** Bytes of the values. */
  private length = 0;
  private compact = true;
  counted = 0;

  constructor(private readonly limits: HashLimits) {}

  get encoding(): 'listpack' | 'hashtable' {
    return this.compact ? 'listpack' : 'hashtable';
  }

  get size(): number {
    return this.values.length;
  }

  get pieces(): number {
    return this.compact ? 1 : this.values.length;
  }

  /** The place of the field that the argument names, -1 when it is missing: valid until the next removal. */
  find(args: Args, i: number): number {
    return this.fields.find(args, i);
  }

  field(place: number): ByteString {
    return this.fields.members[place]!;
  }

  value(place: number): ByteString {
    return this.values[place]!;
  }

  /** Sets the field named by an argument; true when it is new. */
  set(args: Args, i: number, value: ByteString): boolean {
    const { hashMaxListpackValue, hashMaxListpackEntries } = this.limits;
    const tooLong = args.length(i) > hashMaxListpackValue || value.length > hashMaxListpackValue;
    if (tooLong) this.compact = false;
    const place = this.fields.find(args, i);
    if (place >= 0) {
      this.length += value.length - this.values[place]!.length;
      this.values[place] = value;
      return false;
    }
    this.fields.add(args.text(i));
    this.values.push(value);
    this.length += value.length;
    if (this.values.length > hashMaxListpackEntries) this.compact = false;
    return true;
  }

  /** Becomes a "hashtable", as for a value too long that is announced but not set yet. */
  convert(): void {
    this.compact = false;
  }

  remove(place: number): void {
    this.length -= this.values[place]!.length;
    if (this.compact) {
      this.fields.removeInOrder(place);
      this.values.splice(place, 1);
      return;
    }
    this.fields.removeBySwap(place);
    const last = this.values.pop()!;
    if (place < this.values.length) this.values[place] = last;
  }

  /** One step of HSCAN over places. */
  scan(cursor: number, visit: (place: number) => void): number {
    if (!this.compact) return this.fields.scan(cursor, visit);
    for (let place = 0; place < this.values.length; place++) visit(place);
    return 0;
  }

  clone(): HashValue {
    const copy = new HashValue(this.limits);
    copy.fields = this.fields.clone();
    copy.values = this.values.slice();
    copy.length = this.length;
    copy.compact = this.compact;
    return copy;
  }

  memory(): number {
    return OBJECTS + this.fields.memory() + textsMemory(this.values.length, this.length);
  }
}

/** The objects of a small one on the heap, as measured: arrays have room to grow. */
const OBJECTS = 440;

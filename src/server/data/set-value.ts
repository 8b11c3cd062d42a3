import type { Args, ByteString } from '../../resp/args.js';
import type { IndexTable } from '../keyspace/index-table.js';
import { type CollectionValue, Type } from '../keyspace/value.js';
import { compareIntegers, isIntegerText } from './integer-text.js';
import { MemberTable, textsMemory } from './member-table.js';

/** Up to when a set of integers is an "intset". */
export interface SetLimits {
  readonly setMaxIntsetEntries: number;
}

/**
 * A set of byte strings. As long as all are integers and few ("intset") they are kept sorted, as in Redis, and
 * a scan shows them all at once; once converted it stays a "hashtable", in no promised order.
 */
export class SetValue implements CollectionValue {
  readonly type = Type.set;
  private integers: ByteString[] | undefined = [];
  private table = new MemberTable();
  counted = 0;

  constructor(private readonly limits: SetLimits) {}

  get encoding(): 'intset' | 'hashtable' {
    return this.integers ? 'intset' : 'hashtable';
  }

  get index(): IndexTable | undefined {
    return this.integers ? undefined : this.table.hashTable;
  }

  get size(): number {
    return this.members.length;
  }

  get pieces(): number {
    return this.integers ? 1 : this.table.size;
  }

  /** All members by place; changes with the set. */
  get members(): readonly ByteString[] {
    return this.integers ?? this.table.members;
  }

  has(args: Args, i: number): boolean {
    return this.integers ? this.hasText(args.text(i)) : this.table.find(args, i) >= 0;
  }

  hasText(member: ByteString): boolean {
    if (!this.integers) return this.table.findText(member) >= 0;
    return isIntegerText(member) && this.integers[lowerBound(this.integers, member)] === member;
  }

  /** True when it was not there. */
  add(args: Args, i: number): boolean {
    if (this.integers) return this.addText(args.text(i));
    if (this.table.find(args, i) >= 0) return false;
    this.table.add(args.text(i));
    return true;
  }

  addText(member: ByteString): boolean {
    const { integers } = this;
    if (integers && isIntegerText(member)) return this.addInteger(integers, member);
    if (integers) this.convert(integers);
    if (this.table.findText(member) >= 0) return false;
    this.table.add(member);
    return true;
  }

  /** True when it was there. */
  remove(args: Args, i: number): boolean {
    if (this.integers) return this.removeText(args.text(i));
    return this.removeAt(this.table.find(args, i));
  }

  removeText(member: ByteString): boolean {
    const { integers } = this;
    if (!integers) return this.removeAt(this.table.findText(member));
    const place = isIntegerText(member) ? lowerBound(integers, member) : -1;
    return integers[place] === member && this.removeAt(place);
  }

  /** False for place -1. */
  removeAt(place: number): boolean {
    if (place < 0) return false;
    if (this.integers) this.integers.splice(place, 1);
    else this.table.removeBySwap(place);
    return true;
  }

  /** Becomes the "intset" it would be if its members had just been added. */
  reconsider(): void {
    const { members } = this.table;
    if (this.integers || members.length > this.limits.setMaxIntsetEntries || !members.every(isIntegerText)) return;
    this.integers = members.toSorted(compareIntegers);
    this.table = new MemberTable();
  }

  /** One step of SSCAN over places. */
  scan(cursor: number, visit: (place: number) => void): number {
    if (!this.integers) return this.table.scan(cursor, visit);
    for (let place = 0; place < this.integers.length; place++) visit(place);
    return 0;
  }

  clone(): SetValue {
    const copy = new SetValue(this.limits);
    copy.integers = this.integers?.slice();
    copy.table = this.table.clone();
    return copy;
  }

  memory(): number {
    const { integers } = this;
    // Integers are not counted one by one: there are few, and the longest is the first or the last.
    const longest = Math.max(integers?.[0]?.length ?? 0, integers?.at(-1)?.length ?? 0);
    return OBJECTS + this.table.memory() + (integers ? textsMemory(integers.length, integers.length * longest) : 0);
  }

  private addInteger(integers: ByteString[], member: ByteString): boolean {
    const place = lowerBound(integers, member);
    if (integers[place] === member) return false;
    if (place === integers.length) integers.push(member);
    else integers.splice(place, 0, member);
    if (integers.length > this.limits.setMaxIntsetEntries) this.convert(integers);
    return true;
  }

  private convert(integers: readonly ByteString[]): void {
    this.integers = undefined;
    for (const member of integers) this.table.add(member);
  }
}

/** The objects of a small one on the heap, as measured: arrays have room to grow. */
const OBJECTS = 270;

/** The first place whose number is not below the member's. */
function lowerBound(integers: readonly ByteString[], member: ByteString): number {
  let low = 0;
  let high = integers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareIntegers(integers[middle]!, member) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

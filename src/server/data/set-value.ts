import type { Args, ByteString } from '../../resp/args.js';
import type { IndexTable } from '../keyspace/index-table.js';
import { type CollectionValue, Type } from '../keyspace/value.js';
import { integerOf, isIntegerText } from './integer-text.js';
import { parseInteger } from './listpack.js';
import { MemberTable } from './member-table.js';
import { PackedIntegers } from './packed-integers.js';
import { FEW, PACKED_MEMBERS, PackedMembers } from './packed-members.js';

/** Up to when a set of integers is an "intset". */
export interface SetLimits {
  readonly setMaxIntsetEntries: number;
}

/**
 * A set of byte strings. As long as all are integers and few ("intset") they are kept sorted, as in Redis, and
 * a scan shows them all at once; once converted it stays a "hashtable", in no promised order.
 *
 * An intset is packed unless it is allowed to be large, and a hashtable until it has outgrown that for the first time.
 */
export class SetValue implements CollectionValue {
  readonly type = Type.set;
  pack: PackedIntegers | PackedMembers | undefined;
  private integers: PackedIntegers | undefined;
  private table: PackedMembers | MemberTable | undefined;
  counted = 0;

  constructor(
    private readonly limits: SetLimits,
    kind = 0,
  ) {
    if (kind === PACKED_MEMBERS) this.table = this.pack = new PackedMembers();
    else this.integers = this.pack = new PackedIntegers();
  }

  get encoding(): 'intset' | 'hashtable' {
    return this.integers ? 'intset' : 'hashtable';
  }

  get index(): IndexTable | undefined {
    if (this.integers) return undefined;
    return (this.table instanceof MemberTable ? this.table : tableOf(this.table!.all())).hashTable;
  }

  get size(): number {
    return (this.integers ?? this.table!).size;
  }

  get pieces(): number {
    return this.integers ? 1 : this.size;
  }

  /** All members by place; changes with the set. */
  get members(): readonly ByteString[] {
    if (this.table instanceof MemberTable) return this.table.members;
    return (this.integers ?? this.table!).all();
  }

  member(place: number): ByteString {
    return (this.integers ?? this.table!).member(place);
  }

  /** The integers as an intset stores them. */
  storedIntegers(): { readonly width: number; readonly bytes: Buffer } | undefined {
    const { integers } = this;
    return integers && { width: integers.width, bytes: integers.stored() };
  }

  fetch(commands: readonly Args[], members: Int32Array, count: number): number {
    return this.table instanceof MemberTable ? this.table.fetch(commands, members, count) : 0;
  }

  has(args: Args, i: number): boolean {
    return this.find(args, i) >= 0;
  }

  hasText(member: ByteString): boolean {
    return this.findText(member) >= 0;
  }

  /** True when it was not there. */
  add(args: Args, i: number): boolean {
    if (this.integers) {
      const value = integerAt(args, i);
      if (value !== undefined) return this.addInteger(this.integers, value);
      this.convert(this.integers);
    }
    return this.find(args, i) < 0 && this.append(args.text(i));
  }

  addText(member: ByteString): boolean {
    if (this.integers) {
      const value = integerOf(member);
      if (value !== undefined) return this.addInteger(this.integers, value);
      this.convert(this.integers);
    }
    return this.findText(member) < 0 && this.append(member);
  }

  /** True when it was there. */
  remove(args: Args, i: number): boolean {
    return this.removeAt(this.find(args, i));
  }

  removeText(member: ByteString): boolean {
    return this.removeAt(this.findText(member));
  }

  /** False for place -1. */
  removeAt(place: number): boolean {
    if (place < 0) return false;
    if (this.table instanceof MemberTable) this.table.removeBySwap(place);
    else (this.integers ?? this.table!).remove(place);
    return true;
  }

  /** Becomes the "intset" it would be if its members had just been added. */
  reconsider(): void {
    const { members, limits } = this;
    if (this.integers || members.length > limits.setMaxIntsetEntries || !members.every(isIntegerText)) return;
    const integers = new PackedIntegers();
    for (const member of members) integers.add(integerOf(member)!);
    this.table = undefined;
    this.integers = integers;
    if (this.pack === undefined) return;
    this.pack.replaceBy(integers);
    this.pack = integers;
  }

  /** One step of SSCAN over places. */
  scan(cursor: number, visit: (place: number) => void): number {
    if (this.table instanceof MemberTable) return this.table.scan(cursor, visit);
    for (let place = 0; place < this.size; place++) visit(place);
    return 0;
  }

  clone(): SetValue {
    const copy = new SetValue(this.limits);
    copy.integers = this.integers?.clone();
    copy.table = this.table?.clone();
    copy.pack = this.pack && (copy.integers ?? (copy.table as PackedMembers));
    return copy;
  }

  memory(): number {
    if (this.pack !== undefined) return this.pack.memory();
    return OBJECTS + (this.integers ?? this.table!).memory();
  }

  private find(args: Args, i: number): number {
    if (!this.integers) return this.table!.find(args, i);
    const value = integerAt(args, i);
    return value === undefined ? -1 : this.integers.find(value);
  }

  private findText(member: ByteString): number {
    if (!this.integers) return this.table!.findText(member);
    const value = integerOf(member);
    return value === undefined ? -1 : this.integers.find(value);
  }

  /** Adds a member that is not there to a table. */
  private append(member: ByteString): boolean {
    if (this.table instanceof PackedMembers && !this.table.hasRoom(member.length)) this.becomeTable(this.table.all());
    this.table!.add(member);
    return true;
  }

  private addInteger(integers: PackedIntegers, value: number | bigint): boolean {
    if (this.pack !== undefined && !integers.hasRoom()) {
      this.pack = undefined;
      integers.detach(this);
    }
    if (!integers.add(value)) return false;
    if (integers.size > this.limits.setMaxIntsetEntries) this.convert(integers);
    return true;
  }

  private convert(integers: PackedIntegers): void {
    const members = integers.all();
    this.integers = undefined;
    if (this.pack !== undefined && members.length < FEW) {
      const packed = new PackedMembers();
      for (const member of members) packed.add(member);
      this.pack.replaceBy(packed);
      this.table = this.pack = packed;
    } else this.becomeTable(members);
  }

  private becomeTable(members: readonly ByteString[]): void {
    const { pack } = this;
    this.table = tableOf(members);
    this.pack = undefined;
    pack?.leave(this);
  }
}

/** The objects of a small one on the heap, as measured: arrays have room to grow. */
const OBJECTS = 270;

function tableOf(members: readonly ByteString[]): MemberTable {
  const table = new MemberTable();
  for (const member of members) table.add(member);
  return table;
}

function integerAt(args: Args, i: number): number | bigint | undefined {
  const length = args.length(i);
  return length > 20 ? undefined : parseInteger(args.buffer, args.start(i), length);
}

import { systemRandom } from '../../core/random.js';
import type { Args, ByteString } from '../../resp/args.js';
import { MOST_FETCHED } from '../keyspace/fetch.js';
import { hashBytes, hashText } from '../keyspace/hash.js';
import { IndexTable } from '../keyspace/index-table.js';
import { PAGE_MASK, type Table } from '../keyspace/slot-table.js';
import { PagedArray } from './paged-array.js';

/**
 * Byte strings by place, each there once, with a hash index from their bytes to their place: what hashes, sets and
 * sorted sets are built on. Looking one up makes no string, a random one is one draw, growing never stops to rehash
 * (IndexTable moves a few slots with each write and lookup), and a copy shares what it can.
 *
 * Places are dense: 0 to size - 1. Whoever keeps values beside the members follows a removal: by swap the last
 * member takes the free place, in order all later ones move down.
 */
export class MemberTable {
  private items = new PagedArray<ByteString>();
  /** From hash to place + 1. Absent while the table is small, and after a removal in order until needed. */
  private index: IndexTable | undefined;
  /** Bytes of the members. */
  private length = 0;

  get size(): number {
    return this.items.length;
  }

  /** Members that are few are searched one by one: there is a table once somebody needs it. */
  get hashTable(): IndexTable {
    return this.index ?? this.makeIndex();
  }

  /** All members by place, in an array that may change with the table. */
  get members(): readonly ByteString[] {
    return this.items.all();
  }

  member(place: number): ByteString {
    return this.items.at(place);
  }

  /** The place of the argument's bytes, -1 when they are not there. */
  find(args: Args, i: number): number {
    const { buffer } = args;
    const start = args.start(i);
    const length = args.length(i);
    if (this.size <= LINEAR) return this.search(buffer, start, length);
    const index = this.index ?? this.makeIndex();
    const hash = hashOf(args, i);
    if (index.previous !== undefined) index.moveSome();
    const place = this.probe(index.current, hash, buffer, start, length);
    if (place >= 0 || index.previous === undefined) return place;
    return this.probe(index.previous, hash, buffer, start, length);
  }

  /** Looks at members as `fetchMembers` wants; `PLACES` tells afterwards where each is likely to be, -1 for none. */
  fetch(commands: readonly Args[], members: Int32Array, count: number): number {
    const { items, index } = this;
    const places = PLACES;
    places.fill(-1, 0, count);
    if (index === undefined || this.size <= LINEAR) return 0;
    const table = index.current;
    let seen = 0;
    for (let i = 0; i < count; i++) if (members[i]! > 0) seen ^= hashOf(commands[i]!, members[i]!);
    for (let i = 0; i < count; i++) if (members[i]! > 0) seen ^= table.glance(commands[i]!.memberHash);
    for (let i = 0; i < count; i++) if (members[i]! > 0) places[i] = table.likely(commands[i]!.memberHash) - 1;
    for (let i = 0; i < count; i++) if (places[i]! >= 0) seen ^= items.at(places[i]!).length;
    for (let i = 0; i < count; i++) if (places[i]! >= 0) seen ^= lastByte(items.at(places[i]!));
    return seen;
  }

  findText(member: ByteString): number {
    const { items } = this;
    if (items.length <= LINEAR) return items.all().indexOf(member);
    const index = this.index ?? this.makeIndex();
    return index.find(hashText(member, SEED), (ref) => items.at(ref - 1) === member) - 1;
  }

  /** Adds a member that is not there, at the last place. */
  add(member: ByteString): void {
    this.items.push(member);
    this.length += member.length;
    if (this.index) this.index.insert(hashText(member, SEED), this.size);
    else if (this.size > LINEAR) this.makeIndex();
  }

  /** The last member takes the place of the removed one. */
  removeBySwap(place: number): void {
    const { items, index } = this;
    const removed = items.at(place);
    const last = items.pop();
    this.length -= removed.length;
    const moves = place < items.length;
    if (moves) items.set(place, last);
    if (!index) return;
    index.remove(hashText(removed, SEED), place + 1);
    if (moves) index.replace(hashText(last, SEED), items.length + 1, place + 1);
  }

  /** Keeps the order of the others: for small tables. */
  removeInOrder(place: number): void {
    this.length -= this.items.at(place).length;
    this.items.removeInOrder(place);
    this.index = undefined;
  }

  /**
   * One step of a scan: visits places and answers the next cursor, 0 at the end. Members that are there all
   * through are visited, whatever is added and removed by swap meanwhile.
   */
  scan(cursor: number, visit: (place: number) => void): number {
    if (this.size <= LINEAR && !this.index) {
      for (let place = 0; place < this.size; place++) visit(place);
      return 0;
    }
    const index = this.index ?? this.makeIndex();
    return index.scan(cursor, (ref) => visit(ref - 1));
  }

  clone(): MemberTable {
    const copy = new MemberTable();
    copy.items = this.items.clone();
    copy.length = this.length;
    copy.index = this.index?.clone();
    return copy;
  }

  /** Bytes of memory. */
  memory(): number {
    return textsMemory(this.size, this.length) + (this.index?.slots ?? 0) * 8;
  }

  private makeIndex(): IndexTable {
    const index = new IndexTable();
    for (let place = 0; place < this.size; place++) index.insert(hashText(this.items.at(place), SEED), place + 1);
    this.index = index;
    return index;
  }

  private probe(table: Table, hash: number, bytes: Buffer, start: number, length: number): number {
    const { mask } = table;
    const { items } = this;
    let page = table.page(hash & mask);
    for (let slot = hash & mask; ; ) {
      const at = (slot & PAGE_MASK) * 2;
      const ref = page[at + 1]!;
      if (ref === 0) return -1;
      if ((page[at]! ^ hash) === 0 && isSame(items.at(ref - 1), bytes, start, length)) return ref - 1;
      slot = (slot + 1) & mask;
      if ((slot & PAGE_MASK) === 0) page = table.page(slot);
    }
  }

  private search(bytes: Buffer, start: number, length: number): number {
    const few = this.items.all();
    for (let place = 0; place < few.length; place++) if (isSame(few[place]!, bytes, start, length)) return place;
    return -1;
  }
}

/** Where the members are that were fetched last: who keeps something beside them looks there next. */
export const PLACES = new Int32Array(MOST_FETCHED);

/** The arguments remember it: they are looked at before, where several commands arrive together. */
function hashOf(args: Args, i: number): number {
  if (args.memberHashed === i) return args.memberHash;
  args.memberHashed = i;
  args.memberHash = hashBytes(args.area.view, args.start(i), args.length(i), SEED);
  return args.memberHash;
}

function lastByte(text: ByteString): number {
  return text.length > 0 ? text.charCodeAt(text.length - 1) : 0;
}

/** The seed of every table of this process. */
const SEED = systemRandom.below(2 ** 32);
/** Up to this many members are searched one by one. */
const LINEAR = 16;
/** A string's head on the heap, what rounding adds to it, and the pointer to it. */
const TEXT_HEAD = 28;

/** Bytes on the heap of strings in an array: how many, and their lengths together. */
export function textsMemory(count: number, length: number): number {
  return count * TEXT_HEAD + length;
}

/** From the end: members of one collection often begin alike. */
function isSame(member: ByteString, bytes: Buffer, start: number, length: number): boolean {
  if (member.length !== length) return false;
  for (let i = length - 1; i >= 0; i--) if (member.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

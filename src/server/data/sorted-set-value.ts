import type { Args, ByteString } from '../../resp/args.js';
import type { ReplySink } from '../../resp/sink.js';
import type { IndexTable } from '../keyspace/index-table.js';
import { type CollectionValue, Type } from '../keyspace/value.js';
import { PackedSortedSet } from './packed-sorted-set.js';
import { RankedMembers } from './ranked-members.js';
import type { PairTeller } from './told-run.js';

/** Up to when a sorted set is a "listpack". */
export interface SortedSetLimits {
  readonly zsetMaxListpackEntries: number;
  readonly zsetMaxListpackValue: number;
}

/**
 * A sorted set: members with a score each (never NaN), ordered by score and then by bytes. Once it has outgrown a
 * "listpack" it stays a "skiplist". A "listpack" is packed, unless its bytes are many.
 */
export class SortedSetValue implements CollectionValue {
  readonly type = Type.zset;
  pack: PackedSortedSet | undefined;
  private members: PackedSortedSet | RankedMembers;
  counted = 0;

  /** `compact`: it begins as a "listpack", which does not tell -0 from 0. */
  constructor(
    private readonly limits: SortedSetLimits,
    private compact = limits.zsetMaxListpackEntries > 0,
  ) {
    this.pack = compact ? new PackedSortedSet() : undefined;
    this.members = this.pack ?? new RankedMembers();
  }

  get encoding(): 'listpack' | 'skiplist' {
    return this.compact ? 'listpack' : 'skiplist';
  }

  get index(): IndexTable | undefined {
    return !this.compact && this.members instanceof RankedMembers ? this.members.hashTable : undefined;
  }

  get size(): number {
    return this.members.size;
  }

  get pieces(): number {
    return this.compact ? 1 : this.size;
  }

  /** The place of the member that the argument names, -1 when it is missing: valid until the next change. */
  find(args: Args, i: number): number {
    return this.members.find(args, i);
  }

  fetch(commands: readonly Args[], members: Int32Array, count: number): number {
    return this.members instanceof RankedMembers ? this.members.fetch(commands, members, count) : 0;
  }

  findText(member: ByteString): number {
    return this.members.findText(member);
  }

  /** A member and its score by place (0 to size - 1, in no order): to draw one at random, or to visit all. */
  member(place: number): ByteString {
    return this.members.member(place);
  }

  score(place: number): number {
    return this.members.score(place);
  }

  /** Adds a member that is not there. */
  add(member: ByteString, score: number): void {
    const { zsetMaxListpackEntries, zsetMaxListpackValue } = this.limits;
    if (this.compact) {
      if (this.size >= zsetMaxListpackEntries || member.length > zsetMaxListpackValue) this.convert();
      else score = withoutSign(score);
    }
    if (this.pack !== undefined && !this.pack.hasRoom(member.length)) this.unpack(this.pack);
    this.members.add(member, score);
  }

  /** Becomes a "skiplist", whatever its size (SORT). */
  convert(): void {
    this.compact = false;
    if (this.pack !== undefined) this.unpack(this.pack);
  }

  private unpack(pack: PackedSortedSet): void {
    const members = new RankedMembers();
    pack.each(0, pack.size, (member, score) => members.add(member, score), false);
    this.members = members;
    this.pack = undefined;
    pack.leave(this);
  }

  /** What Redis makes of a "skiplist" that it has just built: the "listpack" that has the same members, if they fit. */
  settled(): SortedSetValue {
    const { zsetMaxListpackEntries, zsetMaxListpackValue } = this.limits;
    if (this.compact || this.size > zsetMaxListpackEntries) return this;
    const small = new SortedSetValue(this.limits, true);
    for (let place = 0; place < this.size; place++) {
      if (this.member(place).length > zsetMaxListpackValue) return this;
      small.add(this.member(place), this.score(place));
    }
    return small;
  }

  setScore(place: number, score: number): void {
    this.members.setScore(place, this.compact ? withoutSign(score) : score);
  }

  remove(place: number): void {
    this.members.remove(place);
  }

  /** Removes `count` members from a rank on. */
  removeRange(from: number, count: number): void {
    this.members.removeRange(from, Math.min(count, this.size - from));
  }

  /** The rank of the member at a place. */
  rank(place: number): number {
    return this.members.rank(place);
  }

  /** How many members from the lowest on satisfy a condition that holds for all below one that satisfies it. */
  countScores(holds: (score: number) => boolean): number {
    return this.members.countScores(holds);
  }

  /** The same of members, of which all have one score. */
  countMembers(holds: (member: ByteString) => boolean): number {
    return this.members.countMembers(holds);
  }

  /** Visits `count` members in order from a rank on, towards the lowest when `backwards`. */
  each(from: number, count: number, visit: (member: ByteString, score: number) => void, backwards = false): void {
    this.members.each(from, count, visit, backwards);
  }

  /** Tells the same members. */
  tell(from: number, count: number, reply: ReplySink, teller: PairTeller, backwards: boolean): void {
    this.members.tell(from, count, reply, teller, backwards);
  }

  /** One step of ZSCAN. */
  scan(cursor: number, visit: (member: ByteString, score: number) => void): number {
    if (!this.compact) return this.members.scan(cursor, visit);
    this.each(0, this.size, visit);
    return 0;
  }

  clone(): SortedSetValue {
    const copy = new SortedSetValue(this.limits);
    if (this.pack !== undefined) copy.members = copy.pack = this.pack.clone();
    else {
      copy.members = this.members.clone();
      copy.pack = undefined;
    }
    copy.compact = this.compact;
    return copy;
  }

  memory(): number {
    return this.pack === undefined ? OBJECTS + this.members.memory() : this.pack.memory();
  }
}

/** A listpack does not tell -0 from 0. */
function withoutSign(score: number): number {
  return score === 0 ? 0 : score;
}

/** The objects of a small one on the heap, as measured: arrays have room to grow. */
const OBJECTS = 680;

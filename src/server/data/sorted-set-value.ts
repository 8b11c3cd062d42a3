import type { Args, ByteString } from '../../resp/args.js';
import type { IndexTable } from '../keyspace/index-table.js';
import { type CollectionValue, Type } from '../keyspace/value.js';
import { MemberTable } from './member-table.js';
import { RankTree } from './rank-tree.js';

/** Up to when a sorted set is a "listpack". */
export interface SortedSetLimits {
  readonly zsetMaxListpackEntries: number;
  readonly zsetMaxListpackValue: number;
}

/**
 * A sorted set: members with a score each (never NaN), ordered by score and then by bytes. A table finds a
 * member's score, a tree its rank. Once it has outgrown a "listpack" it stays a "skiplist".
 */
export class SortedSetValue implements CollectionValue {
  readonly type = Type.zset;
  private table = new MemberTable();
  private scores: number[] = [];
  private order = new RankTree();
  private compact: boolean;
  counted = 0;

  constructor(private readonly limits: SortedSetLimits) {
    this.compact = limits.zsetMaxListpackEntries > 0;
  }

  get encoding(): 'listpack' | 'skiplist' {
    return this.compact ? 'listpack' : 'skiplist';
  }

  get index(): IndexTable | undefined {
    return this.compact ? undefined : this.table.hashTable;
  }

  get size(): number {
    return this.scores.length;
  }

  get pieces(): number {
    return this.compact ? 1 : this.scores.length;
  }

  /** The place of the member that the argument names, -1 when it is missing: valid until the next removal. */
  find(args: Args, i: number): number {
    return this.table.find(args, i);
  }

  findText(member: ByteString): number {
    return this.table.findText(member);
  }

  /** A member and its score by place (0 to size - 1, in no order): to draw one at random, or to visit all. */
  member(place: number): ByteString {
    return this.table.members[place]!;
  }

  score(place: number): number {
    return this.scores[place]!;
  }

  /** Adds a member that is not there. */
  add(member: ByteString, score: number): void {
    const { zsetMaxListpackEntries, zsetMaxListpackValue } = this.limits;
    if (this.scores.length >= zsetMaxListpackEntries || member.length > zsetMaxListpackValue) this.compact = false;
    if (this.compact) score = withoutSign(score);
    this.table.add(member);
    this.scores.push(score);
    this.order.insert(score, member);
  }

  /** Becomes a "skiplist", whatever its size (SORT). */
  convert(): void {
    this.compact = false;
  }

  setScore(place: number, score: number): void {
    if (this.compact) score = withoutSign(score);
    const member = this.table.members[place]!;
    this.order.remove(this.scores[place]!, member);
    this.order.insert(score, member);
    this.scores[place] = score;
  }

  remove(place: number): void {
    this.order.remove(this.scores[place]!, this.table.members[place]!);
    this.table.removeBySwap(place);
    const last = this.scores.pop()!;
    if (place < this.scores.length) this.scores[place] = last;
  }

  /** Removes `count` members from a rank on. */
  removeRange(from: number, count: number): void {
    const members: ByteString[] = [];
    this.order.each(from, count, (member) => members.push(member));
    for (const member of members) this.remove(this.table.findText(member));
  }

  /** The rank of the member at a place. */
  rank(place: number): number {
    return this.order.rank(this.scores[place]!, this.table.members[place]!);
  }

  /** How many members from the lowest on satisfy a condition that holds for all below one that satisfies it. */
  countWhile(holds: (score: number, member: ByteString) => boolean): number {
    return this.order.countWhile(holds);
  }

  /** Visits `count` members in order from a rank on, towards the lowest when `backwards`. */
  each(from: number, count: number, visit: (member: ByteString, score: number) => void, backwards = false): void {
    this.order.each(from, count, visit, backwards);
  }

  /** One step of ZSCAN. */
  scan(cursor: number, visit: (member: ByteString, score: number) => void): number {
    if (!this.compact) {
      return this.table.scan(cursor, (place) => visit(this.table.members[place]!, this.scores[place]!));
    }
    this.order.each(0, this.size, visit);
    return 0;
  }

  clone(): SortedSetValue {
    const copy = new SortedSetValue(this.limits);
    copy.table = this.table.clone();
    copy.scores = this.scores.slice();
    copy.order = this.order.clone();
    copy.compact = this.compact;
    return copy;
  }

  memory(): number {
    return OBJECTS + this.table.memory() + this.scores.length * SCORES;
  }
}

/** A listpack does not tell -0 from 0. */
function withoutSign(score: number): number {
  return score === 0 ? 0 : score;
}

/** A score, and a place in the tree. */
const SCORES = 40;
/** The objects of a small one on the heap, as measured: arrays have room to grow. */
const OBJECTS = 680;

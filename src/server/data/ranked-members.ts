import type { Args, ByteString } from '../../resp/args.js';
import type { ReplySink } from '../../resp/sink.js';
import type { IndexTable } from '../keyspace/index-table.js';
import { MemberTable, PLACES } from './member-table.js';
import { PagedNumbers } from './paged-array.js';
import { RankTree } from './rank-tree.js';
import type { PairTeller } from './told-run.js';

/** Members and their scores by place, in no order: a table finds a member's place, a tree its rank. */
export class RankedMembers {
  private table = new MemberTable();
  private scores = new PagedNumbers();
  private order = new RankTree();

  get hashTable(): IndexTable {
    return this.table.hashTable;
  }

  get size(): number {
    return this.scores.length;
  }

  find(args: Args, i: number): number {
    return this.table.find(args, i);
  }

  fetch(commands: readonly Args[], members: Int32Array, count: number): number {
    let seen = this.table.fetch(commands, members, count);
    for (let i = 0; i < count; i++) if (PLACES[i]! >= 0) seen ^= this.scores.at(PLACES[i]!);
    return seen;
  }

  findText(member: ByteString): number {
    return this.table.findText(member);
  }

  member(place: number): ByteString {
    return this.table.member(place);
  }

  score(place: number): number {
    return this.scores.at(place);
  }

  /** Adds a member that is not there. */
  add(member: ByteString, score: number): void {
    this.table.add(member);
    this.scores.push(score);
    this.order.insert(score, member);
  }

  setScore(place: number, score: number): void {
    const member = this.table.member(place);
    this.order.remove(this.scores.at(place), member);
    this.order.insert(score, member);
    this.scores.set(place, score);
  }

  remove(place: number): void {
    this.order.remove(this.scores.at(place), this.table.member(place));
    this.table.removeBySwap(place);
    const last = this.scores.pop();
    if (place < this.scores.length) this.scores.set(place, last);
  }

  removeRange(from: number, count: number): void {
    const members: ByteString[] = [];
    this.order.each(from, count, (member) => members.push(member));
    for (const member of members) this.remove(this.table.findText(member));
  }

  rank(place: number): number {
    return this.order.rank(this.scores.at(place), this.table.member(place));
  }

  countScores(holds: (score: number) => boolean): number {
    return this.order.countWhile(holds);
  }

  countMembers(holds: (member: ByteString) => boolean): number {
    return this.order.countWhile((_, member) => holds(member));
  }

  each(from: number, count: number, visit: (member: ByteString, score: number) => void, backwards: boolean): void {
    this.order.each(from, count, visit, backwards);
  }

  tell(from: number, count: number, reply: ReplySink, teller: PairTeller, backwards: boolean): void {
    this.order.tell(from, count, reply, teller, backwards);
  }

  scan(cursor: number, visit: (member: ByteString, score: number) => void): number {
    return this.table.scan(cursor, (place) => visit(this.table.member(place), this.scores.at(place)));
  }

  clone(): RankedMembers {
    const copy = new RankedMembers();
    copy.table = this.table.clone();
    copy.scores = this.scores.clone();
    copy.order = this.order.clone();
    return copy;
  }

  memory(): number {
    return this.table.memory() + this.scores.length * SCORES;
  }
}

/** A score, and a place in the tree. */
const SCORES = 40;

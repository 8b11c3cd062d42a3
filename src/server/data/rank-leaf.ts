import type { ByteString } from '../../resp/args.js';
import type { ReplySink } from '../../resp/sink.js';
import { type PairTeller, ToldRun } from './told-run.js';

export type Visit = (member: ByteString, score: number) => void;

/** A sorted run of pairs. */
export class Leaf {
  /** Another tree may have it too. */
  shared = false;
  private told: ToldRun | undefined;
  /** How often since it changed. */
  private timesTold = 0;

  constructor(
    public scores: number[] = [],
    public members: ByteString[] = [],
  ) {}

  get size(): number {
    return this.members.length;
  }

  /** The node to change in the place of this one. */
  own(): Leaf {
    return this.shared ? new Leaf(this.scores.slice(), this.members.slice()) : this;
  }

  /** Visits up to `count` pairs from a place on and answers how many. */
  each(at: number, count: number, visit: Visit, backwards: boolean): number {
    const { scores, members } = this;
    if (backwards) {
      const end = Math.max(-1, at - count);
      for (let i = at; i > end; i--) visit(members[i]!, scores[i]!);
      return at - end;
    }
    const end = Math.min(members.length, at + count);
    for (let i = at; i < end; i++) visit(members[i]!, scores[i]!);
    return end - at;
  }

  /** The same, telling them: by copying, once the leaf has been told often as it is. */
  tell(at: number, count: number, reply: ReplySink, teller: PairTeller, backwards: boolean): number {
    if (this.told?.isFor(reply, teller, backwards)) return this.told.tell(at, count, reply);
    if (reply.written !== undefined && ++this.timesTold % OFTEN === 0) {
      this.told = ToldRun.of(this, reply.protocol, teller, backwards);
    }
    return this.each(at, count, (member, score) => teller(reply, member, score), backwards);
  }

  get remembers(): boolean {
    return this.told !== undefined;
  }

  forget(): void {
    this.told = undefined;
    this.timesTold = 0;
  }

  /** The first place whose pair is not before this one. */
  lowerBound(score: number, member: ByteString): number {
    const { scores, members } = this;
    let low = 0;
    let high = members.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = scores[middle]!;
      if (other < score || (other === score && members[middle]! < member)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  countWhile(holds: (score: number, member: ByteString) => boolean): number {
    let low = 0;
    let high = this.members.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(this.scores[middle]!, this.members[middle]!)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The new right half when it had to be split. `isLast`: nothing is behind this node. */
  insert(score: number, member: ByteString, isLast: boolean): Leaf | undefined {
    this.forget();
    const at = this.lowerBound(score, member);
    insertAt(this.scores, at, score);
    insertAt(this.members, at, member);
    if (this.members.length <= CAPACITY) return undefined;
    // Where pairs come in order the left leaf stays nearly full.
    const half = isLast && at === CAPACITY ? CAPACITY : CAPACITY >> 1;
    return new Leaf(this.scores.splice(half), this.members.splice(half));
  }

  remove(score: number, member: ByteString): void {
    this.forget();
    const at = this.lowerBound(score, member);
    removeAt(this.scores, at);
    removeAt(this.members, at);
  }

  /** Takes over its right neighbour. */
  absorb(right: Leaf): void {
    this.forget();
    right.forget();
    this.scores.push(...right.scores);
    this.members.push(...right.members);
  }
}

/** Entries in a leaf and children of a branch at most: chosen by measurement, 32 to 128 do not differ much. */
export const CAPACITY = 64;
export const SPARSE = CAPACITY / 4;
/** Times that the same pairs are told, before it is worth the memory and the time to write all of the leaf's. */
const OFTEN = 16;

/** As splice, without the array it makes; here and below. */
function insertAt<T>(items: T[], at: number, item: T): void {
  items.push(item);
  for (let i = items.length - 1; i > at; i--) items[i] = items[i - 1]!;
  items[at] = item;
}

function removeAt<T>(items: T[], at: number): void {
  for (let i = at + 1; i < items.length; i++) items[i - 1] = items[i]!;
  items.pop();
}

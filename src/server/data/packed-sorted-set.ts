import type { Args, ByteString } from '../../resp/args.js';
import type { ReplySink } from '../../resp/sink.js';
import { formatDouble } from '../../resp/writer.js';
import { integerAt, isIntegerAt, nextElement, replyElement, textAt } from './listpack-element.js';
import { ENCODED, encodeArgument, encodeText, LONGEST_INTEGER, PackedElements } from './packed-elements.js';
import { type PairTeller, tellMember } from './told-run.js';

/** Members with their scores, in the order of scores and then of bytes: a member's place is its rank. */
export class PackedSortedSet extends PackedElements {
  protected readonly width = 2;

  find(args: Args, i: number): number {
    if (args.length(i) > this.length + LONGEST_INTEGER) return -1;
    encodeArgument(args, i);
    return this.search();
  }

  findText(member: ByteString): number {
    if (member.length > this.length + LONGEST_INTEGER) return -1;
    encodeText(member);
    return this.search();
  }

  member(place: number): ByteString {
    return this.first(place);
  }

  score(place: number): number {
    return scoreAt(this.bytes, this.secondAt(place));
  }

  /** Adds a member that is not there. */
  add(member: ByteString, score: number): void {
    const place = this.placeFor(member, score);
    encodeText(member);
    encodeScore(score);
    this.insertItem(place);
  }

  setScore(place: number, score: number): void {
    const member = this.member(place);
    this.removeItems(place, 1);
    this.add(member, score);
  }

  remove(place: number): void {
    this.removeItems(place, 1);
  }

  removeRange(from: number, count: number): void {
    this.removeItems(from, count);
  }

  rank(place: number): number {
    return place;
  }

  countScores(holds: (score: number) => boolean): number {
    let count = 0;
    while (count < this.size && holds(this.score(count))) count++;
    return count;
  }

  countMembers(holds: (member: ByteString) => boolean): number {
    let count = 0;
    while (count < this.size && holds(this.member(count))) count++;
    return count;
  }

  each(from: number, count: number, visit: (member: ByteString, score: number) => void, backwards: boolean): void {
    const step = backwards ? -1 : 1;
    for (let place = from, left = Math.min(count, this.size); left > 0 && place >= 0 && place < this.size; left--) {
      visit(this.member(place), this.score(place));
      place += step;
    }
  }

  tell(from: number, count: number, reply: ReplySink, teller: PairTeller, backwards: boolean): void {
    if (teller === tellMember) this.tellMembers(from, count, reply, backwards);
    else this.each(from, count, (member, score) => teller(reply, member, score), backwards);
  }

  private tellMembers(from: number, count: number, reply: ReplySink, backwards: boolean): void {
    const step = backwards ? -1 : 1;
    for (let place = from, left = count; left > 0 && place >= 0 && place < this.size; left--, place += step) {
      const at = this.at(place);
      replyElement(this.area, at, reply);
    }
  }

  scan(_cursor: number, visit: (member: ByteString, score: number) => void): number {
    this.each(0, this.size, visit, false);
    return 0;
  }

  clone(): PackedSortedSet {
    return this.copyInto(new PackedSortedSet());
  }

  /** Where the pair belongs: often at the end. */
  private placeFor(member: ByteString, score: number): number {
    const { size } = this;
    if (size === 0 || this.isBefore(size - 1, member, score)) return size;
    const { bytes, start } = this;
    let place = 0;
    for (let at = start; ; place++) {
      const second = nextElement(bytes, at);
      const other = scoreAt(bytes, second);
      if (other > score || (other === score && textAt(bytes, at) >= member)) return place;
      at = nextElement(bytes, second);
    }
  }

  private isBefore(place: number, member: ByteString, score: number): boolean {
    const other = this.score(place);
    return other < score || (other === score && this.member(place) < member);
  }
}

/** What a score is told as by a listpack: whole numbers as such, as far as half of what 64 bits can hold. */
export function packedScore(score: number): string {
  if (Number.isInteger(score) && Math.abs(score) <= 2 ** 62) return BigInt(score).toString();
  return formatDouble(score);
}

/** A score as it is told; NaN for any other text. */
export function parseScore(text: string): number {
  const named = SCORES[text];
  return named ?? (text.trim() === '' ? Number.NaN : Number(text));
}

const SCORES: Readonly<Record<string, number>> = { inf: Infinity, '+inf': Infinity, '-inf': -Infinity };

function encodeScore(score: number): void {
  if (Number.isSafeInteger(score)) ENCODED.addInteger(score);
  else ENCODED.addText(packedScore(score));
}

function scoreAt(bytes: Buffer, at: number): number {
  return isIntegerAt(bytes, at) ? Number(integerAt(bytes, at)) : parseScore(textAt(bytes, at));
}

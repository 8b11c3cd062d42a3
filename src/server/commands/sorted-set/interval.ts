import type { Args, ByteString } from '../../../resp/args.js';
import type { SortedSetValue } from '../../data/sorted-set-value.js';
import { CommandError } from '../../errors.js';
import { parseFloatText, shortDecimal } from '../numbers.js';

/**
 * Intervals of scores ("(1", "+inf") and of members ("[a", "(b", "-", "+"), and the ranks they cover. Members
 * are compared as if all scores were equal, which is what Redis asks of whoever uses them.
 */

/** Ranks from `from` on. */
export interface RankRange {
  readonly from: number;
  readonly count: number;
}

export type Interval = (zset: SortedSetValue) => RankRange;

/** An interval of scores from the arguments `min` and `max`. */
export function readScores(args: Args, min: number, max: number): Interval {
  const low = readScoreBound(args, min);
  const high = readScoreBound(args, max);
  return (zset) => {
    const from = zset.countScores((score) => (low.exclusive ? score <= low.score : score < low.score));
    const to = zset.countScores((score) => (high.exclusive ? score < high.score : score <= high.score));
    return { from, count: Math.max(0, to - from) };
  };
}

function readScoreBound(args: Args, i: number): { score: number; exclusive: boolean } {
  const short = shortDecimal(args, i);
  if (short !== undefined) return { score: short, exclusive: false };
  const text = args.text(i);
  if (text === '+inf') return { score: Infinity, exclusive: false };
  const exclusive = text.startsWith('(');
  const digits = exclusive ? text.slice(1) : text;
  // strtod makes 0 of nothing, and goes past blanks in front of a number.
  const score = digits === '' ? 0 : parseFloatText(digits.replace(/^[ \t-\r]+/, ''));
  if (score === undefined) throw NOT_SCORES;
  return { score, exclusive };
}

/** An interval of members from the arguments `min` and `max`. */
export function readMembers(args: Args, min: number, max: number): Interval {
  const low = readMemberBound(args.text(min));
  const high = readMemberBound(args.text(max));
  return (zset) => {
    const from = zset.countMembers((member) => !isAbove(member, low));
    const to = zset.countMembers((member) => isBelow(member, high));
    return { from, count: Math.max(0, to - from) };
  };
}

type MemberBound = 'lowest' | 'highest' | { readonly member: ByteString; readonly exclusive: boolean };

function readMemberBound(text: ByteString): MemberBound {
  if (text === '-') return 'lowest';
  if (text === '+') return 'highest';
  if (text[0] !== '(' && text[0] !== '[') throw NOT_MEMBERS;
  return { member: text.slice(1), exclusive: text[0] === '(' };
}

function isAbove(member: ByteString, low: MemberBound): boolean {
  if (typeof low === 'string') return low === 'lowest';
  return low.exclusive ? member > low.member : member >= low.member;
}

function isBelow(member: ByteString, high: MemberBound): boolean {
  if (typeof high === 'string') return high === 'highest';
  return high.exclusive ? member < high.member : member <= high.member;
}

const NOT_SCORES = new CommandError('ERR min or max is not a float');
const NOT_MEMBERS = new CommandError('ERR min or max not valid string range item');

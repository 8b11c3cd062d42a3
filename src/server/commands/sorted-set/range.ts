import type { Args } from '../../../resp/args.js';
import type { SortedSetValue } from '../../data/sorted-set-value.js';
import { tellMember, tellPair } from '../../data/told-run.js';
import { CommandError, errors } from '../../errors.js';
import type { Call } from '../call.js';
import { readInteger } from '../numbers.js';
import { readSortedSet, startPairs } from './access.js';
import { type RankRange, readMembers, readScores } from './interval.js';

/**
 * The ZRANGE family: which members of the sorted set at argument `key` the arguments after it name, and how
 * they are answered. What a command's name fixes (`by`, `reversed`) is not open to options.
 */
export interface RangeForm {
  readonly key: number;
  readonly by?: 'rank' | 'score' | 'member';
  readonly reversed?: boolean;
  /** The result is stored: no WITHSCORES. */
  readonly stored?: boolean;
}

interface RangeOptions {
  by: 'rank' | 'score' | 'member' | undefined;
  reversed: boolean | undefined;
  withScores: boolean;
  offset: number;
  /** Negative: all. */
  limit: number;
}

/** What to visit of a sorted set: `count` members from a rank on, downwards when reversed. */
export interface Selection {
  readonly from: number;
  readonly count: number;
  readonly reversed: boolean;
}

export interface RangeQuery {
  readonly withScores: boolean;
  readonly by: 'rank' | 'score' | 'member';
  select(zset: SortedSetValue): Selection;
}

export function readRange(args: Args, form: RangeForm): RangeQuery {
  const options = readOptions(args, form);
  const { by = 'rank', reversed = false, withScores, offset, limit } = options;
  if (limit !== -1 && by === 'rank') throw LIMIT_BY_RANK;
  if (withScores && by === 'member') throw SCORES_BY_MEMBER;
  if (by === 'rank') return { withScores, by, select: readRanks(args, form.key, reversed) };
  const [min, max] = reversed ? [form.key + 2, form.key + 1] : [form.key + 1, form.key + 2];
  const interval = by === 'score' ? readScores(args, min, max) : readMembers(args, min, max);
  return { withScores, by, select: (zset) => limited(interval(zset), reversed, offset, limit) };
}

function readOptions(args: Args, form: RangeForm): RangeOptions {
  const options: RangeOptions = { by: form.by, reversed: form.reversed, withScores: false, offset: 0, limit: -1 };
  for (let i = form.key + 3; i < args.count; i++) {
    const word = args.word(i);
    if (word === 'withscores' && !form.stored) options.withScores = true;
    else if (word === 'limit' && i + 2 < args.count) {
      options.offset = readInteger(args, ++i);
      options.limit = readInteger(args, ++i);
    } else if (word === 'rev' && options.reversed === undefined) options.reversed = true;
    else if (word === 'byscore' && options.by === undefined) options.by = 'score';
    else if (word === 'bylex' && options.by === undefined) options.by = 'member';
    else throw errors.syntax;
  }
  return options;
}

function readRanks(args: Args, key: number, reversed: boolean): (zset: SortedSetValue) => Selection {
  const start = readInteger(args, key + 1);
  const end = readInteger(args, key + 2);
  return ({ size }) => {
    const { from, count } = rankRange(start, end, size);
    return { from: reversed ? size - 1 - from : from, count, reversed };
  };
}

/** Ranks from either end as the first rank and how many. */
export function rankRange(start: number, end: number, size: number): RankRange {
  const from = Math.max(0, start < 0 ? size + start : start);
  const to = Math.min(size - 1, end < 0 ? size + end : end);
  return { from, count: Math.max(0, to - from + 1) };
}

function limited(range: RankRange, reversed: boolean, offset: number, limit: number): Selection {
  const left = offset < 0 ? 0 : Math.max(0, range.count - offset);
  const count = limit < 0 ? left : Math.min(limit, left);
  return { from: reversed ? range.from + range.count - 1 - offset : range.from + offset, count, reversed };
}

/** Replies with what the arguments name. */
export function replyRange(call: Call, form: RangeForm): void {
  const { reply } = call;
  const query = readRange(call.args, form);
  const zset = readSortedSet(call, form.key);
  if (!zset) {
    reply.array(0);
    return;
  }
  const { from, count, reversed } = query.select(zset);
  if (query.withScores) startPairs(reply, count);
  else reply.array(count);
  zset.tell(from, count, reply, query.withScores ? tellPair : tellMember, reversed);
}

const LIMIT_BY_RANK = new CommandError(
  'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX',
);
const SCORES_BY_MEMBER = new CommandError('ERR syntax error, WITHSCORES not supported in combination with BYLEX');

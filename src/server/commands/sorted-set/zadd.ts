import type { Args } from '../../../resp/args.js';
import type { SortedSetValue } from '../../data/sorted-set-value.js';
import { CommandError, errors } from '../../errors.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import type { Call } from '../call.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { newSortedSet, writeSortedSet } from './access.js';
import { readScore } from './score.js';

export const zadd: CommandDeclaration = {
  name: 'zadd',
  summary: 'Add one or more members to a sorted set, or update its score if it already exists',
  since: '1.2.0',
  group: 'sorted-set',
  complexity: 'O(log(N)) for each item added, where N is the number of elements in the sorted set.',
  history: [
    '2.4.0 Accepts multiple elements.',
    '3.0.2 Added the `XX`, `NX`, `CH` and `INCR` options.',
    '6.2.0 Added the `GT` and `LT` options.',
  ],
  arguments: [
    'key#0',
    '[condition(NX | XX)@3.0.2]',
    '[comparison(GT | LT)@6.2.0]',
    '[change"CH"@3.0.2]',
    '[increment"INCR"@3.0.2]',
    'score_member(score:double, member)...',
  ],
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  member: 3,
  run(call) {
    const { args } = call;
    addMembers(call, isScoreFirst(args) ? PLAIN : readConditions(args));
  },
};

/** What ZADD may be told before the scores. */
interface Conditions {
  /** Where the scores begin. */
  first: number;
  nx: boolean;
  xx: boolean;
  gt: boolean;
  lt: boolean;
  /** Reply with what changed, not only with what is new. */
  ch: boolean;
  incr: boolean;
}

const PLAIN: Conditions = { first: 2, nx: false, xx: false, gt: false, lt: false, ch: false, incr: false };
export const INCREMENT: Conditions = { ...PLAIN, incr: true };

/** Options begin with a letter, and no finite score does. */
function isScoreFirst(args: Args): boolean {
  return args.length(2) > 0 && args.buffer[args.start(2)]! < 0x41;
}

function readConditions(args: Args): Conditions {
  const conditions = { ...PLAIN };
  for (; conditions.first < args.count; conditions.first++) {
    const word = args.word(conditions.first);
    if (!isFlag(word)) break;
    conditions[word] = true;
  }
  return conditions;
}

function isFlag(word: string): word is 'nx' | 'xx' | 'gt' | 'lt' | 'ch' | 'incr' {
  return word === 'nx' || word === 'xx' || word === 'gt' || word === 'lt' || word === 'ch' || word === 'incr';
}

function check({ count }: Args, { first, nx, xx, gt, lt, incr }: Conditions): void {
  if (first >= count || (count - first) % 2 === 1) throw errors.syntax;
  if (nx && xx) throw NX_XX;
  if ((gt && nx) || (lt && nx) || (gt && lt)) throw GT_LT_NX;
  if (incr && count - first > 2) throw ONE_INCREMENT;
}

/** ZADD and ZINCRBY. */
export function addMembers(call: Call, conditions: Conditions): void {
  const { args, reply } = call;
  check(args, conditions);
  const { first, incr, ch } = conditions;
  const scores: number[] = [];
  for (let i = first; i < args.count; i += 2) scores.push(readScore(args, i));
  const zset = writeSortedSet(call, 1) ?? (conditions.xx ? undefined : newSortedSet(call));
  const outcome = zset ? apply(zset, args, conditions, scores) : NOTHING;
  const changes = outcome.added + outcome.updated;
  if (changes > 0) {
    if (zset && outcome.added === zset.size) call.db.putCollection(args, 1, zset);
    call.changed(1, NOTIFY.zset, incr ? 'zincr' : 'zadd', changes);
  }
  if (!incr) reply.integer(ch ? changes : outcome.added);
  else if (outcome.score === undefined) reply.nil();
  else reply.double(outcome.score);
}

interface Outcome {
  added: number;
  updated: number;
  /** Of the last member that no condition held back. */
  score: number | undefined;
}

const NOTHING: Outcome = { added: 0, updated: 0, score: undefined };

function apply(zset: SortedSetValue, args: Args, conditions: Conditions, scores: readonly number[]): Outcome {
  const outcome = { ...NOTHING };
  for (let n = 0, i = conditions.first + 1; i < args.count; n++, i += 2) {
    const score = scores[n]!;
    const place = zset.find(args, i);
    if (place >= 0) update(zset, place, score, conditions, outcome);
    else if (!conditions.xx) {
      zset.add(args.text(i), score);
      outcome.added++;
      outcome.score = score;
    }
  }
  return outcome;
}

function update(zset: SortedSetValue, place: number, given: number, conditions: Conditions, outcome: Outcome): void {
  if (conditions.nx) return;
  const before = zset.score(place);
  const score = conditions.incr ? before + given : given;
  if (Number.isNaN(score)) throw NOT_A_NUMBER;
  if ((conditions.lt && score >= before) || (conditions.gt && score <= before)) return;
  outcome.score = score;
  if (score === before) return;
  zset.setScore(place, score);
  outcome.updated++;
}

const NX_XX = new CommandError('ERR XX and NX options at the same time are not compatible');
const GT_LT_NX = new CommandError('ERR GT, LT, and/or NX options at the same time are not compatible');
const ONE_INCREMENT = new CommandError('ERR INCR option supports a single increment-element pair');
const NOT_A_NUMBER = new CommandError('ERR resulting score is not a number (NaN)');

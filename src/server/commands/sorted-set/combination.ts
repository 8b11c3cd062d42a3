import type { Args, ByteString } from '../../../resp/args.js';
import { SetValue } from '../../data/set-value.js';
import type { SortedSetValue } from '../../data/sorted-set-value.js';
import { tellPair } from '../../data/told-run.js';
import { CommandError, errors } from '../../errors.js';
import { Type } from '../../keyspace/value.js';
import type { Call } from '../call.js';
import { readInteger } from '../numbers.js';
import { startPairs } from './access.js';
import { readScore } from './score.js';

/**
 * ZUNION, ZINTER, ZDIFF and their kin: sorted sets, and sets whose members count 1 each, combined with weights
 * and an aggregate. Sums are made in the order Redis makes them, smallest input first.
 */
export interface Combination {
  readonly inputs: readonly Input[];
  readonly aggregate: (a: number, b: number) => number;
  readonly withScores: boolean;
  /** 0: none. */
  readonly limit: number;
}

export interface Input {
  readonly size: number;
  readonly weight: number;
  scoreOf(member: ByteString): number | undefined;
  each(visit: (member: ByteString, score: number) => void): void;
}

/** Which options a command takes. */
export interface CombinationForm {
  /** Where the number of keys is. */
  readonly at: number;
  readonly weighted?: boolean;
  readonly scored?: boolean;
  readonly limited?: boolean;
}

export function readCombination(call: Call, form: CombinationForm): Combination {
  const { args } = call;
  const keys = readInteger(args, form.at);
  if (keys < 1) throw new CommandError(`ERR at least 1 input key is needed for '${call.command.name}' command`);
  const first = form.at + 1;
  if (keys > args.count - first) throw errors.syntax;
  const values = Array.from({ length: keys }, (_, n) => readInput(call, first + n));
  const options = readOptions(args, first + keys, keys, form);
  const inputs = values.map((value, n) => makeInput(value, options.weights?.[n] ?? 1));
  return { ...options, inputs };
}

function readInput(call: Call, i: number): SetValue | SortedSetValue | undefined {
  const ref = call.db.read(call.args, i);
  const type = call.db.type(ref);
  if (ref === 0) return undefined;
  if (type !== Type.set && type !== Type.zset) throw errors.wrongType;
  return call.db.collection(ref) as SetValue | SortedSetValue;
}

function makeInput(value: SetValue | SortedSetValue | undefined, weight: number): Input {
  if (value === undefined) return { size: 0, weight, scoreOf: () => undefined, each: () => undefined };
  if (value instanceof SetValue) {
    return {
      size: value.size,
      weight,
      scoreOf: (member) => (value.hasText(member) ? 1 : undefined),
      each: (visit) => value.members.forEach((member) => void visit(member, 1)),
    };
  }
  return {
    size: value.size,
    weight,
    scoreOf(member) {
      const place = value.findText(member);
      return place < 0 ? undefined : value.score(place);
    },
    each: (visit) => value.each(0, value.size, visit),
  };
}

interface Options {
  weights: number[] | undefined;
  aggregate: (a: number, b: number) => number;
  withScores: boolean;
  limit: number;
}

function readOptions(args: Args, from: number, keys: number, form: CombinationForm): Options {
  const options: Options = { weights: undefined, aggregate: sum, withScores: false, limit: 0 };
  for (let i = from; i < args.count; i++) {
    const word = args.word(i);
    const left = args.count - i - 1;
    if (word === 'weights' && form.weighted && left >= keys) {
      options.weights = Array.from({ length: keys }, (_, n) => readScore(args, i + 1 + n, NOT_WEIGHT));
      i += keys;
    } else if (word === 'aggregate' && form.weighted && left >= 1) options.aggregate = readAggregate(args, ++i);
    else if (word === 'withscores' && form.scored) options.withScores = true;
    else if (word === 'limit' && form.limited && left >= 1) options.limit = readLimit(args, ++i);
    else throw errors.syntax;
  }
  return options;
}

function readLimit(args: Args, i: number): number {
  const limit = readInteger(args, i, NEGATIVE_LIMIT);
  if (limit < 0) throw NEGATIVE_LIMIT;
  return limit;
}

function readAggregate(args: Args, i: number): (a: number, b: number) => number {
  switch (args.word(i)) {
    case 'sum':
      return sum;
    case 'min':
      return (a, b) => (b < a ? b : a);
    case 'max':
      return (a, b) => (b > a ? b : a);
    default:
      throw errors.syntax;
  }
}

/** Infinities of both signs make 0. */
function sum(a: number, b: number): number {
  const total = a + b;
  return Number.isNaN(total) ? 0 : total;
}

const NOT_WEIGHT = new CommandError('ERR weight value is not a float');
const NEGATIVE_LIMIT = new CommandError("ERR LIMIT can't be negative");

function bySize(inputs: readonly Input[]): Input[] {
  return inputs.toSorted((a, b) => a.size - b.size);
}

/** A score times the weight; 0 for what is no number (0 times infinity). */
function weighted(score: number, { weight }: Input): number {
  const product = score * weight;
  return Number.isNaN(product) ? 0 : product;
}

export function unite({ inputs, aggregate }: Combination, into: SortedSetValue): SortedSetValue {
  const scores = new Map<ByteString, number>();
  for (const input of bySize(inputs)) {
    input.each((member, score) => {
      const before = scores.get(member);
      const value = weighted(score, input);
      scores.set(member, before === undefined ? value : aggregate(before, value));
    });
  }
  for (const [member, score] of scores) into.add(member, score);
  return into;
}

/** Visits what all inputs have, until `visit` answers false. */
export function intersect(
  { inputs, aggregate }: Combination,
  visit: (member: ByteString, score: number) => boolean,
): void {
  const [smallest, ...others] = bySize(inputs);
  let going = smallest!.size > 0;
  smallest!.each((member, score) => {
    if (!going) return;
    let total = weighted(score, smallest!);
    for (const other of others) {
      const found = other.scoreOf(member);
      if (found === undefined) return;
      total = aggregate(total, found * other.weight);
    }
    going = visit(member, total);
  });
}

/** What the first input has and no other. */
export function subtract({ inputs }: Combination, into: SortedSetValue): SortedSetValue {
  const [first, ...others] = inputs;
  first!.each((member, score) => {
    if (others.every((other) => other.scoreOf(member) === undefined)) into.add(member, score);
  });
  return into;
}

export function intersectInto(combination: Combination, into: SortedSetValue): SortedSetValue {
  intersect(combination, (member, score) => {
    into.add(member, score);
    return true;
  });
  return into;
}

export function replyCombined(call: Call, { withScores }: Combination, result: SortedSetValue): void {
  const { reply } = call;
  if (withScores) {
    startPairs(reply, result.size);
    result.each(0, result.size, (member, score) => tellPair(reply, member, score));
  } else {
    reply.array(result.size);
    result.each(0, result.size, (member) => reply.bulk(member));
  }
}

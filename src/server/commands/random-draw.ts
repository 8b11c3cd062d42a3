import type { Random } from '../../core/random.js';
import type { Args } from '../../resp/args.js';
import { CommandError, errors } from '../errors.js';
import { INT64_MIN, readInteger } from './numbers.js';

/** How many elements to draw: `distinct` ones, or each from all of them. */
export interface Draw {
  readonly count: number;
  readonly distinct: boolean;
}

/** A count as SRANDMEMBER and its kin take it: negative asks for elements that may come more than once. */
export function readDraw(args: Args, i: number): Draw {
  const count = readInteger(args, i);
  if (count <= -(2 ** 63) && args.text(i) === String(INT64_MIN)) throw OUT_OF_RANGE;
  return { count: Math.abs(count), distinct: count >= 0 };
}

/** As above, and whether values are asked for by the word ("withvalues") that may follow. */
export function readPairDraw(args: Args, i: number, word: string): Draw & { readonly paired: boolean } {
  const draw = readDraw(args, i);
  const paired = args.count > i + 1;
  if (args.count > i + 2 || (paired && args.word(i + 1) !== word)) throw errors.syntax;
  if (paired && draw.count >= 2 ** 62) throw errors.outOfRange;
  return { ...draw, paired };
}

/** Places below `size`; all of them, in order, when that many distinct ones are asked for. */
export function* drawPlaces({ count, distinct }: Draw, size: number, random: Random): Generator<number> {
  if (distinct && count >= size) {
    for (let place = 0; place < size; place++) yield place;
  } else if (distinct) yield* shuffledPlaces(count, size, random);
  else for (let i = 0; i < count; i++) yield random.below(size);
}

/** How many `drawPlaces` will give. */
export function drawnCount({ count, distinct }: Draw, size: number): number {
  return distinct ? Math.min(count, size) : size === 0 ? 0 : count;
}

/** The first `count` places of a shuffle, without shuffling the others: only what was moved is kept. */
function* shuffledPlaces(count: number, size: number, random: Random): Generator<number> {
  const moved = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const j = i + random.below(size - i);
    yield moved.get(j) ?? j;
    moved.set(j, moved.get(i) ?? i);
  }
}

const OUT_OF_RANGE = new CommandError(
  'ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807',
);

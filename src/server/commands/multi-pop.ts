import type { Args } from '../../resp/args.js';
import { CommandError, errors } from '../errors.js';
import { readInteger } from './numbers.js';

/** The arguments of LMPOP, ZMPOP and their blocking forms: numkeys key … where [COUNT count]. */
export interface MultiPop<End> {
  readonly first: number;
  readonly last: number;
  readonly end: End;
  readonly count: number;
}

export function readMultiPop<End>(args: Args, at: number, readEnd: (args: Args, i: number) => End): MultiPop<End> {
  const keys = readInteger(args, at, NO_KEYS);
  if (keys < 1) throw NO_KEYS;
  const where = at + keys + 1;
  if (where >= args.count) throw errors.syntax;
  const end = readEnd(args, where);
  const rest = args.count - where - 1;
  if (rest !== 0 && (rest !== 2 || args.word(where + 1) !== 'count')) throw badOptions(args, where + 1);
  const count = rest === 0 ? 1 : readInteger(args, where + 2, NO_COUNT);
  if (count < 1) throw NO_COUNT;
  return { first: at + 1, last: where - 1, end, count };
}

/** A bad count comes before whatever follows it. */
function badOptions(args: Args, i: number): CommandError {
  if (args.word(i) !== 'count' || i + 1 >= args.count) return errors.syntax;
  return readInteger(args, i + 1, NO_COUNT) < 1 ? NO_COUNT : errors.syntax;
}

const NO_KEYS = new CommandError('ERR numkeys should be greater than 0');
const NO_COUNT = new CommandError('ERR count should be greater than 0');

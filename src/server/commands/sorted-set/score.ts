import type { Args } from '../../../resp/args.js';
import { type CommandError, errors } from '../../errors.js';
import { parseFloatText, shortDecimal } from '../numbers.js';

/** Scores and weights in arguments, as strtod reads them: no NaN, nothing too large or too small for a double. */
export function readScore(args: Args, i: number, error: CommandError = errors.notFloat): number {
  const short = shortDecimal(args, i);
  if (short !== undefined) return short;
  const text = args.text(i);
  const score = parseFloatText(text);
  if (score === undefined) throw error;
  if (!Number.isFinite(score) && !/inf/i.test(text)) throw error;
  if (score === 0 && /^[^e]*[1-9]/i.test(text)) throw error;
  return score;
}

import type { Args } from '../../resp/args.js';
import { errors } from '../errors.js';
import { parseFloatText } from './numbers.js';

/** A blocking command's timeout in seconds, as milliseconds; 0: for ever. */
export function readTimeout(args: Args, i: number): number {
  const text = args.text(i);
  const seconds = parseFloatText(text);
  if (seconds === undefined) throw errors.timeoutNotFloat;
  const milliseconds = Math.ceil(seconds * 1000);
  // One that 64 bits cannot hold has become negative in Redis when it is looked at.
  if (milliseconds < 0 || milliseconds >= 2 ** 63) throw errors.timeoutNegative;
  return milliseconds;
}

import type { Args } from '../../../resp/args.js';
import { errors } from '../../errors.js';

export function readOnOff(args: Args, i: number): boolean {
  const word = args.word(i);
  if (word !== 'on' && word !== 'off') throw errors.syntax;
  return word === 'on';
}

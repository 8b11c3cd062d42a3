import type { Args } from '../../../resp/args.js';
import { CommandError } from '../../errors.js';
import { readInteger } from '../numbers.js';

/** Checks "FIELDS number field …" from an argument on, which ends the command; answers where the fields begin. */
export function readFields(args: Args, at: number, notPositive: CommandError): number {
  if (args.word(at) !== 'fields') throw noFields;
  const count = readInteger(args, at + 1, notPositive);
  if (count < 1) throw notPositive;
  if (count !== args.count - at - 2) throw otherCount;
  return at + 2;
}

export const fewFields = new CommandError('ERR Number of fields must be a positive integer');
const noFields = new CommandError('ERR Mandatory argument FIELDS is missing or not at the right position');
const otherCount = new CommandError('ERR The `numfields` parameter must match the number of arguments');

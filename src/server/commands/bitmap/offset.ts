import type { Args } from '../../../resp/args.js';
import { CommandError } from '../../errors.js';
import type { Call } from '../call.js';
import { readInteger, shortInteger } from '../numbers.js';

const invalidOffset = new CommandError('ERR bit offset is not an integer or out of range');

/** The place of a bit; `#n` counts in fields of `width` bits where BITFIELD allows it. */
export function readBitOffset({ args, server }: Call, i: number, width = 0): number {
  const inFields = width > 0 && args.length(i) > 0 && args.buffer[args.start(i)] === 0x23;
  const offset = inFields ? fieldNumber(args, i) * width : readInteger(args, i, invalidOffset);
  if (offset < 0 || Math.floor(offset / 8) >= server.settings.maxBulk) throw invalidOffset;
  return offset;
}

function fieldNumber(args: Args, i: number): number {
  const digits = args.text(i).slice(1);
  if (!/^(?:0|-?[1-9]\d{0,15})$/.test(digits)) throw invalidOffset;
  return Number(digits);
}

const invalidBit = new CommandError('ERR bit is not an integer or out of range');

/** SETBIT's and BITPOS's 0 or 1. */
export function readBit(args: Args, i: number, notInteger = invalidBit, outOfRange = invalidBit): 0 | 1 {
  const bit = shortInteger(args, i) ?? readInteger(args, i, notInteger);
  if (bit !== 0 && bit !== 1) throw outOfRange;
  return bit;
}

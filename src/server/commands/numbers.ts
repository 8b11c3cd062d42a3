import type { Args } from '../../resp/args.js';
import { type CommandError, errors } from '../errors.js';
import { parseCText } from './c-strtod.js';

/**
 * Numbers in arguments as Redis reads them: integers without blanks, plus sign or leading zeros; floats as
 * strtold does, without blanks and NaN.
 */

/** A 64-bit integer that a JavaScript number holds exactly; larger ones are clamped to ±2^63 as floats. */
export function readInteger(args: Args, i: number, error: CommandError = errors.notInteger): number {
  const short = shortInteger(args, i);
  if (short !== undefined) return short;
  return Number(readBigInteger(args, i, error));
}

export function readBigInteger(args: Args, i: number, error: CommandError = errors.notInteger): bigint {
  const value = args.length(i) <= 20 ? parseInteger(args.text(i)) : undefined;
  if (value === undefined) throw error;
  return value;
}

/** A 64-bit integer in the only form that Redis prints, undefined for any other text. */
export function parseInteger(text: string): bigint | undefined {
  if (!/^(?:0|-?[1-9]\d{0,18})$/.test(text)) return undefined;
  const value = BigInt(text);
  return value >= INT64_MIN && value <= INT64_MAX ? value : undefined;
}

export function readFloat(args: Args, i: number, error: CommandError = errors.notFloat): number {
  const value = parseFloatText(args.text(i));
  if (value === undefined) throw error;
  return value;
}

export function parseFloatText(text: string): number | undefined {
  // One way to read any digits: with two, a long number that ends wrong is tried in as many ways as it has digits.
  if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return Number(text);
  const value = parseCText(text);
  return Number.isNaN(value) ? undefined : value;
}

export const INT64_MIN = -(2n ** 63n);
export const INT64_MAX = 2n ** 63n - 1n;

/** A double that stands for a 64-bit integer, to be told exactly: past 2^53 the last digits are not known. */
export function wholeNumber(value: number): number | bigint {
  if (Number.isSafeInteger(value)) return value;
  const exact = BigInt(value);
  return exact > INT64_MAX ? INT64_MAX : exact;
}

/** An integer of up to 15 digits, read in place; undefined for any other text. */
export function shortInteger(args: Args, i: number): number | undefined {
  const { buffer } = args;
  const length = args.length(i);
  const start = args.start(i);
  const negative = buffer[start] === 0x2d;
  const first = negative ? start + 1 : start;
  const digits = length - (first - start);
  if (digits < 1 || digits > 15) return undefined;
  if (buffer[first] === 0x30) return length === 1 ? 0 : undefined;
  let value = 0;
  for (let at = first; at < start + length; at++) {
    const digit = buffer[at]! - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

/**
 * A plain decimal number of up to 15 digits ("00012.50"), read in place; undefined for any other text. A quotient of
 * two numbers that are exact is rounded once, as strtod does it.
 */
export function shortDecimal(args: Args, i: number): number | undefined {
  const { buffer } = args;
  const start = args.start(i);
  const end = start + args.length(i);
  const negative = buffer[start] === 0x2d;
  let value = 0;
  let digits = 0;
  let point = -1;
  for (let at = negative ? start + 1 : start; at < end; at++) {
    const digit = buffer[at]! - 0x30;
    if (digit === POINT && point < 0) point = digits;
    else if (digit < 0 || digit > 9 || ++digits > 15) return undefined;
    else value = value * 10 + digit;
  }
  if (digits === 0) return undefined;
  if (point >= 0) value /= POWERS[digits - point]!;
  return negative ? -value : value;
}

const POINT = 0x2e - 0x30;
const POWERS = Array.from({ length: 16 }, (_, i) => 10 ** i);

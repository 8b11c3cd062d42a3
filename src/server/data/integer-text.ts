import type { ByteString } from '../../resp/args.js';
import { canonical } from './stream-id.js';

/** 64-bit integers kept as the text Redis prints: what an intset holds, exact without big integers. */

/** Whether the text is an integer of 64 bits in the one form that Redis prints. */
export function isIntegerText(text: ByteString): boolean {
  const { length } = text;
  if (length === 0 || length > 20) return false;
  const first = text.charCodeAt(0);
  const negative = first === MINUS;
  const leading = negative ? text.charCodeAt(1) : first;
  if (leading === ZERO) return length === 1;
  for (let i = negative ? 1 : 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < ZERO || code > NINE) return false;
  }
  if (negative && length === 1) return false;
  return length < 19 || (compareIntegers(text, LARGEST) <= 0 && compareIntegers(text, SMALLEST) >= 0);
}

/** The integer that the text is, as a number where that is exact; undefined for any other text. */
export function integerOf(text: ByteString): number | bigint | undefined {
  if (!isIntegerText(text)) return undefined;
  return text.length < 16 ? Number(text) : canonical(BigInt(text));
}

/** Orders two such texts by their numbers. */
export function compareIntegers(a: ByteString, b: ByteString): number {
  const negative = a.charCodeAt(0) === MINUS;
  if (negative !== (b.charCodeAt(0) === MINUS)) return negative ? -1 : 1;
  const magnitude = a.length !== b.length ? a.length - b.length : a < b ? -1 : a > b ? 1 : 0;
  return negative ? 0 - magnitude : magnitude;
}

const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const LARGEST = '9223372036854775807';
const SMALLEST = '-9223372036854775808';

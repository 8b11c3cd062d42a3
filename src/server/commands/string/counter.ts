import { errors } from '../../errors.js';
import type { Entries } from '../../keyspace/entries.js';
import type { Ref } from '../../keyspace/memory.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { Int } from '../../keyspace/string-encoding.js';
import type { Call } from '../call.js';
import { INT64_MAX, INT64_MIN, parseInteger } from '../numbers.js';

/**
 * INCR and its kin: the counter's digits are read where they lie and written back in place, without a string
 * in between, as long as old and new value are exact as JavaScript numbers; beyond, BigInt takes over.
 */
export function addToCounter(call: Call, by: number): void {
  const ref = call.writeString(1);
  const value = ref === 0 ? 0 : smallInteger(call, ref);
  const sum = value + by;
  if (!Number.isSafeInteger(by) || !Number.isSafeInteger(sum)) {
    addBigToCounter(call, BigInt(by));
    return;
  }
  storeDigits(call, ref, writeDigits(sum));
  call.changed(1, NOTIFY.string, 'incrby');
  call.reply.integer(sum);
}

export function addBigToCounter(call: Call, by: bigint): void {
  const ref = call.writeString(1);
  const value = ref === 0 ? 0n : bigInteger(call, ref);
  if (value === undefined) throw errors.notInteger;
  const sum = value + by;
  if (sum < INT64_MIN || sum > INT64_MAX) throw errors.overflow;
  const text = sum.toString();
  DIGITS.latin1Write(text, DIGITS.length - text.length);
  storeDigits(call, ref, text.length);
  call.changed(1, NOTIFY.string, 'incrby');
  call.reply.integer(sum);
}

function bigInteger({ db }: Call, ref: Ref): bigint | undefined {
  return db.entries.stringLength(ref) < DIGITS.length ? parseInteger(db.stringText(ref)) : undefined;
}

/** The value at the end of this many bytes. */
const DIGITS = Buffer.alloc(24);

/** The string as an integer; NaN when it takes more than fifteen digits. */
function smallInteger(call: Call, ref: Ref): number {
  const { entries } = call.db;
  const length = entries.stringLength(ref);
  const bytes = entries.stringBuffer(ref);
  const start = entries.stringStart(ref);
  const end = start + length;
  const negative = bytes[start] === 0x2d && length > 1;
  let at = negative ? start + 1 : start;
  if (end - at > 15) return Number.NaN;
  if (length === 0 || (bytes[at] === 0x30 && length > 1)) throw errors.notInteger;
  let value = 0;
  for (; at < end; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) throw errors.notInteger;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

/** Writes the digits to the end of DIGITS and answers how many bytes they take. */
function writeDigits(value: number): number {
  let at = DIGITS.length;
  let rest = Math.abs(value);
  // Numbers of 32 bits divide without leaving integer arithmetic.
  while (rest > 0x7fffffff) {
    const tenth = Math.floor(rest / 10);
    DIGITS[--at] = 0x30 + (rest - tenth * 10);
    rest = tenth;
  }
  do {
    const tenth = (rest / 10) | 0;
    DIGITS[--at] = 0x30 + (rest - tenth * 10);
    rest = tenth;
  } while (rest > 0);
  if (value < 0) DIGITS[--at] = 0x2d;
  return DIGITS.length - at;
}

function storeDigits(call: Call, ref: Ref, length: number): void {
  const { db, args } = call;
  const { entries } = db;
  // The usual case: as many digits as before.
  if (ref !== 0 && entries.encoding(ref) === Int && entries.stringLength(ref) === length) {
    copyDigits(entries, ref, length);
    return;
  }
  const target = ref === 0 ? db.makeString(args, 1, length, false) : db.resizeString(ref, length, false);
  copyDigits(entries, target, length);
  db.setEncoding(target, Int);
}

function copyDigits(entries: Entries, ref: Ref, length: number): void {
  const bytes = entries.stringBuffer(ref);
  const start = entries.stringStart(ref);
  const from = DIGITS.length - length;
  for (let i = 0; i < length; i++) bytes[start + i] = DIGITS[from + i]!;
}

import type { ByteString } from '../../resp/args.js';

/**
 * Up to 2^64 - 1: a number where that is exact, else a bigint. One form for each value, so that === and < say
 * the truth whatever the two are.
 */
export type Uint64 = number | bigint;

/** The ID of a stream's entry: milliseconds, and a number within them. */
export interface StreamId {
  readonly ms: Uint64;
  readonly seq: Uint64;
}

export const MAX_UINT64 = 2n ** 64n - 1n;
export const FIRST_ID: StreamId = { ms: 0, seq: 0 };
export const LAST_ID: StreamId = { ms: MAX_UINT64, seq: MAX_UINT64 };

export function compareIds(a: StreamId, b: StreamId): number {
  if (a.ms !== b.ms) return a.ms < b.ms ? -1 : 1;
  if (a.seq !== b.seq) return a.seq < b.seq ? -1 : 1;
  return 0;
}

export function isZero(id: StreamId): boolean {
  return id.ms === 0 && id.seq === 0;
}

export function idText(id: StreamId): string {
  return `${id.ms}-${id.seq}`;
}

/** The next possible ID; undefined behind the last one. */
export function idAfter({ ms, seq }: StreamId): StreamId | undefined {
  if (seq !== MAX_UINT64) return { ms, seq: addUint64(seq, 1) };
  return ms === MAX_UINT64 ? undefined : { ms: addUint64(ms, 1), seq: 0 };
}

/** undefined before 0-0. */
export function idBefore({ ms, seq }: StreamId): StreamId | undefined {
  if (seq !== 0) return { ms, seq: addUint64(seq, -1) };
  return ms === 0 ? undefined : { ms: addUint64(ms, -1), seq: MAX_UINT64 };
}

/** Modulo 2^64. */
export function addUint64(value: Uint64, delta: number | bigint): Uint64 {
  if (typeof value === 'number' && typeof delta === 'number') {
    const sum = value + delta;
    if (sum >= 0 && sum <= Number.MAX_SAFE_INTEGER) return sum;
  }
  return canonical(BigInt.asUintN(64, BigInt(value) + BigInt(delta)));
}

/** a - b as a signed integer of 64 bits, modulo 2^64. */
export function differenceOf(a: Uint64, b: Uint64): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return canonical(BigInt.asIntN(64, BigInt(a) - BigInt(b)));
}

/** A counter with a sign, of 64 bits: a number where that is exact, else a bigint. */
export type Int64 = number | bigint;

/** Modulo 2^64. */
export function addInt64(value: Int64, delta: number): Int64 {
  if (typeof value === 'number') {
    const sum = value + delta;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return canonical(BigInt.asIntN(64, BigInt(value) + BigInt(delta)));
}

/** A number where it is exact. */
export function canonical(value: bigint): number | bigint {
  return value <= MAX_SAFE && value >= -MAX_SAFE ? Number(value) : value;
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** "ms-seq" or "ms", whose `seq` is then the given one; undefined for any other text. */
export function parseStreamId(text: ByteString, missingSeq: Uint64): StreamId | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const dash = text.indexOf('-');
  const ms = parseUint64(dash < 0 ? text : text.slice(0, dash));
  const seq = dash < 0 ? missingSeq : parseUint64(text.slice(dash + 1));
  return ms === undefined || seq === undefined ? undefined : { ms, seq };
}

/** As C's strtoull reads it: blanks, a plus sign and zeros may come first. */
export function parseUint64(text: string): Uint64 | undefined {
  if (!/^[ \t\n\v\f\r]*\+?\d+$/.test(text)) return undefined;
  const short = Number(text);
  if (short <= Number.MAX_SAFE_INTEGER) return short;
  const value = BigInt(text.trim().replace('+', ''));
  return value <= MAX_UINT64 ? value : undefined;
}

const MAX_LENGTH = 127;

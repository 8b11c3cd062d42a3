import { errors } from '../../errors.js';
import type { Call } from '../call.js';
import { readInteger } from '../numbers.js';

/** Bits from `start` up to but not including `end`; empty when they meet. */
export interface BitRange {
  readonly start: number;
  readonly end: number;
}

/** `start end [BYTE | BIT]` from argument `i` on, undefined values counted from the end when negative. */
export interface RangeArguments {
  readonly start: number;
  readonly end: number | undefined;
  readonly inBits: boolean;
}

export function readRange({ args }: Call, i: number): RangeArguments {
  const start = readInteger(args, i);
  const end = args.count > i + 1 ? readInteger(args, i + 1) : undefined;
  if (args.count <= i + 2) return { start, end, inBits: false };
  const unit = args.word(i + 2);
  if (unit !== 'bit' && unit !== 'byte') throw errors.syntax;
  return { start, end, inBits: unit === 'bit' };
}

/** The range within a string of `length` bytes. */
export function resolveRange({ start, end, inBits }: RangeArguments, length: number): BitRange {
  const unit = inBits ? 1 : 8;
  const total = inBits ? length * 8 : length;
  const last = Math.min(fromEnd(end ?? total - 1, total), total - 1);
  const first = fromEnd(start, total);
  return first > last ? { start: 0, end: 0 } : { start: first * unit, end: (last + 1) * unit };
}

function fromEnd(place: number, total: number): number {
  return place < 0 ? Math.max(0, total + place) : place;
}

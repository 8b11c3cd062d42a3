import { errors, invalidExpire } from '../../errors.js';
import type { Call } from '../call.js';
import { INT64_MAX, readBigInteger, shortInteger } from '../numbers.js';

export interface ExpiryUnit {
  readonly milliseconds: number;
  /** A point in time instead of a time to live. */
  readonly absolute: boolean;
}

/** EX, PX, EXAT and PXAT of SET and GETEX. */
export const EXPIRY_UNITS: ReadonlyMap<string, ExpiryUnit> = new Map([
  ['ex', { milliseconds: 1000, absolute: false }],
  ['px', { milliseconds: 1, absolute: false }],
  ['exat', { milliseconds: 1000, absolute: true }],
  ['pxat', { milliseconds: 1, absolute: true }],
]);

export interface ExpiryOption {
  readonly unit: ExpiryUnit;
  /** The argument that holds the number. */
  readonly amount: number;
}

/** The option as milliseconds since the epoch; must be positive and fit 64 bits. */
export function expiryTime(call: Call, { unit, amount }: ExpiryOption, command: string): number {
  const short = shortInteger(call.args, amount);
  const value = short ?? readBigInteger(call.args, amount, errors.notInteger);
  if (value <= 0) throw invalidExpire(command);
  const base = unit.absolute ? 0 : call.now;
  if (typeof value === 'number' && value < 1e12) return value * unit.milliseconds + base;
  const at = BigInt(value) * BigInt(unit.milliseconds) + BigInt(base);
  if (BigInt(value) > INT64_MAX / BigInt(unit.milliseconds) || at > INT64_MAX) throw invalidExpire(command);
  return Number(at);
}

import { errors, invalidExpire } from '../../errors.js';
import type { Call } from '../call.js';
import { readBigInteger } from '../numbers.js';

export interface ExpiryUnit {
  readonly milliseconds: bigint;
  /** A point in time instead of a time to live. */
  readonly absolute: boolean;
}

/** EX, PX, EXAT and PXAT of SET and GETEX. */
export const EXPIRY_UNITS: ReadonlyMap<string, ExpiryUnit> = new Map([
  ['ex', { milliseconds: 1000n, absolute: false }],
  ['px', { milliseconds: 1n, absolute: false }],
  ['exat', { milliseconds: 1000n, absolute: true }],
  ['pxat', { milliseconds: 1n, absolute: true }],
]);

const INT64_MAX = 2n ** 63n - 1n;

/** The argument as milliseconds since the epoch; must be positive and fit 64 bits. */
export function expiryTime(call: Call, i: number, unit: ExpiryUnit, command: string): number {
  const amount = readBigInteger(call.args, i, errors.notInteger);
  if (amount <= 0n || amount > INT64_MAX / unit.milliseconds) throw invalidExpire(command);
  const at = amount * unit.milliseconds + (unit.absolute ? 0n : BigInt(call.now));
  if (at > INT64_MAX) throw invalidExpire(command);
  return Number(at);
}

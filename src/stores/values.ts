/** What callers may pass and what servers reply, as the operations need it: undefined where it is neither. */
import { parseDuration, parseRate } from '../core/duration.js';
import type { Reply } from '../resp/reply.js';
import type { Rate, Ttl } from './store.js';

const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;
/** Redis adds a ttl to the time of day in milliseconds; this much never overflows it. */
const LONGEST_TTL = 2 ** 52;

/** Whole milliseconds, at least 1. */
export function ttlOf(ttl: Ttl): number | undefined {
  const ms = typeof ttl === 'string' ? parseDuration(ttl) : typeof ttl === 'number' ? Math.ceil(ttl) : undefined;
  return ms !== undefined && ms >= 1 && ms <= LONGEST_TTL ? ms : undefined;
}

export function rateOf(rate: Rate): { requests: number; period: number } | undefined {
  const parts = typeof rate === 'string' ? parseRate(rate) : rate;
  if (typeof parts !== 'object' || parts === null) return undefined;
  const { requests, period } = parts;
  const valid = Number.isSafeInteger(requests) && requests > 0 && Number.isSafeInteger(period) && period > 0;
  return valid && period <= LONGEST_TTL ? { requests, period } : undefined;
}

/** A 64-bit integer; a number only where it is exact. */
export function int64Of(value: bigint | number): bigint | undefined {
  if (typeof value === 'number' ? !Number.isSafeInteger(value) : typeof value !== 'bigint') return undefined;
  const exact = BigInt(value);
  return exact >= LEAST && exact <= MOST ? exact : undefined;
}

/** An integer reply, or a value that Redis itself would take as a counter's. */
export function counterOf(reply: Reply): bigint | undefined {
  if (typeof reply === 'bigint') return reply;
  if (typeof reply === 'number') return BigInt(reply);
  if (!Buffer.isBuffer(reply) && typeof reply !== 'string') return undefined;
  const text = typeof reply === 'string' ? reply : reply.latin1Slice();
  return /^(0|-?[1-9]\d{0,18})$/.test(text) ? int64Of(BigInt(text)) : undefined;
}

/**
 * Rate limits. The fixed window shares its keys with Stalwart, byte by byte: a prefix byte, the key, the
 * window's number (time / period) as 64 bits, big-endian. Windows are aligned to the epoch of the
 * caller's clock, a denied call counts, the counter goes at the window's end. Limits of one turn are one
 * script call where the topology lets one script touch all their keys.
 *
 * The leaky bucket runs on the server's clock and counts allowed calls only.
 */
import { type Bytes, toBuffer } from '../core/bytes.js';
import type { Clock } from '../core/clock.js';
import type { Commands } from './commands.js';
import type { GuardedCall } from './flight.js';
import type { RunForKey, ScriptPerKey } from './gathered-script.js';
import { arrayOf, countOrError, integer } from './replies.js';
import { fixedWindowScript } from './scripts/fixed-window.js';
import { leakyBucketScript } from './scripts/leaky-bucket.js';
import { ttlCounterScript } from './scripts/ttl-counter.js';
import type { RateDecision, RateLimitOptions, TtlCount } from './store.js';

export interface Limit {
  /** As the server has it, without the window's number. */
  readonly key: Bytes;
  readonly requests: number;
  readonly period: number;
  /** What a bucket takes at once. */
  readonly burst: number;
  readonly cost: number;
  readonly soft: boolean;
  readonly signal: AbortSignal | undefined;
}

export function fixedWindow(
  limit: Limit,
  clock: Clock,
  count: RunForKey<number>,
  look: (key: Bytes, signal: AbortSignal | undefined) => Promise<bigint>,
): Promise<RateDecision> {
  const now = clock.now();
  const window = windowOf(now, limit.period);
  const left = (window + 1) * limit.period - now;
  const key = windowKey(limit.key, window);
  const decide = (counted: number, more: number): RateDecision => {
    const allowed = counted + more <= limit.requests;
    return { allowed, remaining: Math.max(0, limit.requests - counted), retryAfter: allowed ? 0 : left };
  };
  if (limit.soft) return look(key, limit.signal).then((counted) => decide(Number(counted), limit.cost));
  return count(key, [limit.cost, left], limit.signal).then((counted) => decide(counted, 0));
}

/**
 * The key of a limit, before the store's prefix: with Stalwart's byte for the kind of limit in front, if one is given. A
 * bucket is no counter, so its key must not be taken for the caller's own.
 */
export function limitKey(key: Bytes, { algorithm, prefix }: RateLimitOptions): Bytes {
  if (algorithm === 'leaky-bucket') return Buffer.concat([toBuffer(key), BUCKET]);
  return prefix === undefined ? key : Buffer.concat([Buffer.of(prefix), toBuffer(key)]);
}

const BUCKET = Buffer.from(':bucket');

/** The number of a window. */
export function windowOf(now: number, period: number): number {
  return Math.floor(now / period);
}

/** Where a window is counted. */
export function windowKey(key: Bytes, window: number): Buffer {
  const name = toBuffer(key);
  const bytes = Buffer.allocUnsafe(name.length + 8);
  name.copy(bytes);
  bytes.writeUInt32BE(Math.floor(window / 2 ** 32), name.length);
  bytes.writeUInt32BE(window >>> 0, name.length + 4);
  return bytes;
}

const RATE_LIMIT = { operation: 'rateLimit', safety: 'once' } as const;

/** Counts one window; its arguments are the cost and what is left of the window. Answers the count after it. */
export const countWindow: ScriptPerKey<number> = { call: RATE_LIMIT, script: fixedWindowScript, read: countOrError };

export function leakyBucket(limit: Limit, commands: Commands): Promise<RateDecision> {
  const { key, requests, period, burst, cost, soft, signal } = limit;
  return commands.script(
    { ...RATE_LIMIT, key, signal },
    { script: leakyBucketScript, keys: [key], args: [requests, period, burst, cost, soft ? '1' : '0'] },
    (reply) => {
      const [allowed, remaining, retryAfter] = arrayOf(reply, 3, integer) as [number, number, number];
      return { allowed: allowed === 1, remaining, retryAfter };
    },
  );
}

/** `limits` are what is added, the limit and the window in milliseconds. */
export function ttlCounter(
  call: GuardedCall,
  key: Bytes,
  limits: readonly [by: number, limit: number, window: number],
  commands: Commands,
): Promise<TtlCount> {
  return commands.script(call, { script: ttlCounterScript, keys: [key], args: limits }, (reply) => {
    const [success, value, ttl] = arrayOf(reply, 3, integer) as [number, number, number];
    return { success: success === 1, value, ttl };
  });
}

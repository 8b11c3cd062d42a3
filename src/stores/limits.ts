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
import type { StoreError } from '../core/errors.js';
import type { Link } from '../links/link.js';
import { ReplyError } from '../resp/reply.js';
import type { Commands } from './commands.js';
import type { GuardedCall } from './flight.js';
import { Departure, type Gathering } from './gathering.js';
import type { Guard } from './guard.js';
import { arrayOf, countOrError, integer } from './replies.js';
import { fixedWindowScript } from './scripts/fixed-window.js';
import { leakyBucketScript } from './scripts/leaky-bucket.js';
import type { RateDecision } from './store.js';

export interface Limit {
  /** As the server has it, without the window's number. */
  readonly key: Bytes;
  readonly requests: number;
  readonly period: number;
  readonly cost: number;
  readonly soft: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Counts one window; answers the count after it. */
export type CountWindow = (key: Bytes, cost: number, ttl: number, signal: AbortSignal | undefined) => Promise<number>;

export async function fixedWindow(
  limit: Limit,
  clock: Clock,
  count: CountWindow,
  look: (key: Bytes, signal: AbortSignal | undefined) => Promise<bigint>,
): Promise<RateDecision> {
  const now = clock.now();
  const window = Math.floor(now / limit.period);
  const left = (window + 1) * limit.period - now;
  const key = windowKey(limit.key, window);
  const counted = limit.soft ? Number(await look(key, limit.signal)) : await count(key, limit.cost, left, limit.signal);
  const allowed = (limit.soft ? counted + limit.cost : counted) <= limit.requests;
  return { allowed, remaining: Math.max(0, limit.requests - counted), retryAfter: allowed ? 0 : left };
}

function windowKey(key: Bytes, window: number): Buffer {
  const name = toBuffer(key);
  const bytes = Buffer.allocUnsafe(name.length + 8);
  name.copy(bytes);
  bytes.writeBigUInt64BE(BigInt(window), name.length);
  return bytes;
}

const RATE_LIMIT = { operation: 'rateLimit', safety: 'once' } as const;

export function leakyBucket(limit: Limit, commands: Commands): Promise<RateDecision> {
  const { key, requests, period, cost, soft, signal } = limit;
  return commands.script(
    { ...RATE_LIMIT, key, signal },
    { script: leakyBucketScript, keys: [key], args: [requests, period, cost, soft ? '1' : '0'] },
    (reply) => {
      const [allowed, remaining, retryAfter] = arrayOf(reply, 3, integer) as [number, number, number];
      return { allowed: allowed === 1, remaining, retryAfter };
    },
  );
}

/** One script call per window: what a cluster needs, since its keys lie in different slots. */
export function countAlone(commands: Commands): CountWindow {
  return (key, cost, ttl, signal) => {
    const call: GuardedCall = { ...RATE_LIMIT, key, signal };
    return commands.script(call, { script: fixedWindowScript, keys: [key], args: [cost, ttl] }, (reply) => {
      const [count] = arrayOf(reply, 1, countOrError) as [number | ReplyError];
      if (count instanceof ReplyError) throw count;
      return count;
    });
  };
}

/** Windows of one script call: more would hold up the server's other clients. */
const MOST_WINDOWS = 100;

/** Counts the windows of one turn together; a call with a signal goes alone instead (`countAlone`). */
export class WindowCounter {
  readonly #link: Link;
  readonly #guard: Guard;
  readonly #departure: Departure;
  #waiting: WaitingCount[] = [];

  constructor(link: Link, guard: Guard, gathering: Gathering) {
    this.#link = link;
    this.#guard = guard;
    this.#departure = new Departure(gathering, () => this.#send());
  }

  readonly count: CountWindow = (key, cost, ttl) =>
    new Promise((resolve, reject) => {
      this.#guard.enter(RATE_LIMIT);
      if (this.#waiting.push({ key, cost, ttl, resolve, reject }) === 1) this.#departure.soon();
    });

  async #send(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    const batches: Promise<void>[] = [];
    for (let from = 0; from < waiting.length; from += MOST_WINDOWS) {
      batches.push(this.#sendTogether(waiting.slice(from, from + MOST_WINDOWS)));
    }
    await Promise.all(batches);
  }

  async #sendTogether(batch: readonly WaitingCount[]): Promise<void> {
    const keys = batch.map((waiting) => waiting.key);
    const args = batch.flatMap((waiting) => [waiting.cost, waiting.ttl]);
    const call: GuardedCall = { ...RATE_LIMIT, key: keys[0], count: batch.length };
    try {
      const counts = await this.#guard.runEntered(call, async (options) => {
        const reply = await this.#link.script(fixedWindowScript, keys, args, options);
        return arrayOf(reply, keys.length, countOrError);
      });
      for (let i = 0; i < batch.length; i++) this.#settle(batch[i]!, counts[i]!);
    } catch (error) {
      for (const waiting of batch) waiting.reject(error as StoreError);
    }
    this.#guard.leave(batch.length);
  }

  #settle(waiting: WaitingCount, count: number | ReplyError): void {
    if (!(count instanceof ReplyError)) waiting.resolve(count);
    else waiting.reject(this.#guard.failure(count, { ...RATE_LIMIT, key: waiting.key }));
  }
}

interface WaitingCount {
  readonly key: Bytes;
  readonly cost: number;
  readonly ttl: number;
  readonly resolve: (count: number) => void;
  readonly reject: (error: StoreError) => void;
}

import type { Bytes } from '../core/bytes.js';
import type { StoreError } from '../core/errors.js';
import type { Topology } from '../links/link.js';
import type { Argument, Reply } from '../resp/reply.js';

/**
 * A store to look things up in. Keys and values are bytes or text (UTF-8); an empty value is a value,
 * a missing key is null. Times to live are in milliseconds, or durations such as "90s". Failures are
 * `StoreError`s; every call ends within the store's deadline. Calls that are not awaited one after the other
 * have no order among themselves, and what was passed must not be changed before the call ended.
 *
 * A call whose answer was lost is tried again where that is safe. `delete`, `deletePrefix`, `unlock` then
 * tell what the last attempt found, which may be nothing because an earlier one did it.
 */
export interface LookupStore {
  /** The id in the configuration: `[store.<name>]`. */
  readonly name: string;

  get(key: Bytes, options?: CallControl): Promise<Buffer | null>;
  getText(key: Bytes, options?: CallControl): Promise<string | null>;
  /** One value per key, in order, in as few round trips as the topology allows. */
  getMany(keys: readonly Bytes[], options?: CallControl): Promise<(Buffer | null)[]>;
  /** Without `ttl` the key stays, and loses a ttl it had. With `ifAbsent` false when the key exists already. */
  set(key: Bytes, value: Bytes, options?: SetOptions): Promise<boolean>;
  /** How many of the keys existed. On a cluster atomic by slot, not over all keys. */
  delete(...keys: readonly Bytes[]): Promise<number>;
  /**
   * Deletes every key that starts with the prefix, over all primaries; glob characters are literal. Not
   * atomic: keys written meanwhile may stay. The empty prefix is refused without `force`.
   */
  deletePrefix(prefix: Bytes, options?: CallControl & { force?: boolean }): Promise<number>;
  exists(key: Bytes, options?: CallControl): Promise<boolean>;
  /** Milliseconds to live, Infinity for a key that does not expire, null for a missing key. */
  ttl(key: Bytes, options?: CallControl): Promise<number | null>;
  /** False when the key is missing. */
  expire(key: Bytes, ttl: Ttl, options?: CallControl): Promise<boolean>;
  /**
   * Adds and answers the sum, exact over 64 bits. `ttl` is set when the counter is created; with
   * `refreshTtl` at every increment (Stalwart's counter_incr).
   */
  increment(key: Bytes, by?: bigint | number, options?: IncrementOptions): Promise<bigint>;
  /** 0 for a missing counter; NOT_INTEGER for anything that is not a 64-bit integer. */
  counter(key: Bytes, options?: CallControl): Promise<bigint>;
  hashGet(key: Bytes, field: Bytes, options?: CallControl): Promise<Buffer | null>;
  setHas(key: Bytes, member: Bytes, options?: CallControl): Promise<boolean>;
  /** Every key that starts with the prefix, each once, over all primaries; SCAN's guarantees. */
  scan(prefix: Bytes, options?: CallControl): AsyncIterable<Buffer>;
  /** Null when somebody else holds it; a failed attempt changes nothing. */
  tryLock(name: Bytes, ttl: Ttl, options?: CallControl): Promise<Lock | null>;
  /**
   * A lock that was taken elsewhere, in another process or before a restart, by its token: to extend and unlock it.
   * Nothing is asked; whether it is still held, `extend` and `unlock` tell. Its `fence` is what was given, 0 by default.
   */
  heldLock(name: Bytes, token: string, fence?: bigint): Lock;
  rateLimit(key: Bytes, rate: Rate, options?: RateLimitOptions): Promise<RateDecision>;
  /** Whether somebody who was not seen before has come again, as a mail server does and a spammer does not. */
  greylist(key: Bytes, options?: GreylistOptions): Promise<GreylistDecision>;
  /**
   * WildDuck's ttlcounter: adds `by` when the sum stays within `limit`, in a window that starts with the
   * first increment; `by` 0 only looks whether one more would fit. `ttl` is what is left of the window in
   * milliseconds. A limit of 0 is none: success, and nothing is counted.
   */
  ttlCounter(key: Bytes, by: number, limit: number, window: Ttl, options?: CallControl): Promise<TtlCount>;
  /**
   * Makes the changes in order and together: all of them or, when one is refused (an increment of what is no
   * 64-bit integer), none. An increment changes only a key that is there; `missing` counts those that were not.
   * On a cluster this holds for the keys of each slot: where one slot fails and another does not, the error is
   * indeterminate.
   */
  transact(changes: readonly Change[], options?: CallControl): Promise<{ missing: number }>;
  /** Any command, routed by its keys, which are sent as they are (no `key-prefix`). Not retried once it may have run. */
  command(name: string, ...args: readonly Argument[]): Promise<Reply>;
  /**
   * Commands sent together as they are (no `key-prefix`); an error reply or a StoreError stands in its command's
   * place. Rejects when it failed as a whole.
   */
  pipeline(
    commands: readonly (readonly [string, ...Argument[]])[],
    options?: CallControl,
  ): Promise<(Reply | StoreError)[]>;
  /** How many received it (on a cluster, at the node that was asked). Channels have no `key-prefix`. */
  publish(channel: Bytes, message: Bytes, options?: CallControl): Promise<number>;
  /** Calls `onMessage` until the returned function is called; subscribed again after a reconnect. */
  subscribe(channel: Bytes, onMessage: (message: Buffer) => void): Promise<() => Promise<void>>;
  /** Asks every node; a node that does not answer is told as unreachable, not thrown. */
  ping(options?: CallControl): Promise<readonly PingResult[]>;
  topology(): Topology;
  /**
   * Asks a cluster, or the Sentinels, anew who has what: by itself a store does so at most once a second, when something
   * shows that it has changed. What is known then.
   */
  refreshTopology(options?: CallControl): Promise<Topology>;
  /** Ends what still waits with CLOSED. May be called again. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A part of a transaction. Without `ttl` a value that is set stays, and a counter keeps the ttl it has. */
export type Change =
  | { readonly kind: 'set'; readonly key: Bytes; readonly value: Bytes; readonly ttl?: Ttl | undefined }
  | { readonly kind: 'delete'; readonly key: Bytes }
  | {
      readonly kind: 'increment';
      readonly key: Bytes;
      readonly by: bigint | number;
      readonly ttl?: Ttl | undefined;
    };

export interface CallControl {
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds, or a duration as in the configuration: "500ms", "10s", "5m", "1h", "30d". */
export type Ttl = number | string;

/** "N/period" as in the configuration: "100/1h"; or the parts, `period` in milliseconds. */
export type Rate = string | { readonly requests: number; readonly period: number };

export interface SetOptions extends CallControl {
  readonly ttl?: Ttl | undefined;
  readonly ifAbsent?: boolean | undefined;
}

export interface IncrementOptions extends CallControl {
  readonly ttl?: Ttl | undefined;
  readonly refreshTtl?: boolean | undefined;
}

export interface RateLimitOptions extends CallControl {
  /** Only look: nothing is counted. */
  readonly soft?: boolean | undefined;
  /**
   * "fixed-window" (default) shares its keys with Stalwart: epoch-aligned windows of the caller's clock, a
   * denied call counts. "leaky-bucket" smooths: tokens flow back one by one on the server's clock, a
   * denied call does not count.
   */
  readonly algorithm?: 'fixed-window' | 'leaky-bucket' | undefined;
  /** Fixed window only: Stalwart's prefix byte (2 to 10), put before the key. */
  readonly prefix?: number | undefined;
  /** Leaky bucket only: how much it takes at once, the rate's requests by default. */
  readonly burst?: number | undefined;
  /** How much this call counts, 1 by default. */
  readonly cost?: number | undefined;
}

export interface RateDecision {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Milliseconds until the next call can be allowed; 0 when this one was. */
  readonly retryAfter: number;
}

export interface TtlCount {
  readonly success: boolean;
  readonly value: number;
  /** What is left of the window in milliseconds. */
  readonly ttl: number;
}

export interface GreylistOptions extends CallControl {
  /** How long after the first attempt a retry is still too early; "5m" by default. */
  readonly delay?: Ttl | undefined;
  /** How long after the first attempt a retry counts as one; "8h" by default, longer than `delay`. */
  readonly window?: Ttl | undefined;
  /** How long after its last pass it passes at once; "35d" by default. */
  readonly lifetime?: Ttl | undefined;
}

export interface GreylistDecision {
  readonly passed: boolean;
  /** Never seen; come again too early; has come again and passes from now on; passed before. */
  readonly state: 'new' | 'early' | 'passed' | 'known';
  /** Milliseconds since the first attempt. */
  readonly age: number;
  /** How often it was asked for, this time included. */
  readonly attempts: number;
  /** Milliseconds until a retry passes; 0 when this attempt did. */
  readonly retryAfter: number;
}

export interface Lock {
  /** Proves ownership: 128 random bits in hex. */
  readonly token: string;
  /** Rises with every acquisition of this lock's name: hand it to the guarded resource. */
  readonly fence: bigint;
  /** False when the lock was lost; nothing changes then. */
  extend(ttl: Ttl): Promise<boolean>;
  /** False when the lock was lost; the next owner's lock is left alone. */
  unlock(): Promise<boolean>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface PingResult {
  readonly node: string;
  readonly role: 'primary' | 'replica' | 'unknown';
  readonly status: 'reachable' | 'unreachable';
  /** Round trip in microseconds, -1 when not reachable. */
  readonly latencyUs: number;
  readonly error?: string;
}

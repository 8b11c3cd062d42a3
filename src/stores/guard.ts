/**
 * What stands between every operation and the link: each call ends within its deadline whatever happens
 * below, is tried again where that is safe, and does not go to a node whose breaker is open.
 *
 * The first attempt is a straight line; only a failed one enters the retry loop. A call may carry many
 * (coalesced gets), and `runTogether` sends many that end each for itself: the cost of guarding is
 * paid per batch. Late answers are dropped here, and never reach another call.
 */
import { setMaxListeners } from 'node:events';
import pRetry from 'p-retry';
import type { BreakerConfig, RetryConfig } from '../config/model.js';
import { type Clock, sleep } from '../core/clock.js';
import type { StoreError } from '../core/errors.js';
import type { Random } from '../core/random.js';
import { type CallOptions, type Command, type Link, LinkError } from '../links/link.js';
import { type Reply, ReplyError } from '../resp/reply.js';
import { Attempt, type Send } from './attempt.js';
import { longestWaits, retryWait } from './backoff.js';
import { Breakers } from './breaker.js';
import { DeadlineWheel } from './deadline-wheel.js';
import { blameFor, codeOf, maybeExecuted, mayRetry, type Refusal, refusal, toStoreError } from './failures.js';
import { Flight, type GuardedCall, Tally } from './flight.js';
import type { StoreObserver } from './observer.js';

/** One of several commands that are sent together. Exactly one of `settle` and `fail` is called, once. */
export interface TogetherCall<T = unknown> {
  readonly call: GuardedCall;
  readonly command: Command;
  /** How it is sent alone, when it is tried again. */
  readonly send: Send<T>;
  /** What the reply says; the ReplyError or UnexpectedReply it throws fails the call. */
  decode(reply: Reply): T;
  settle(value: T): void;
  fail(error: StoreError): void;
}

export interface GuardConfig {
  readonly id: string;
  readonly timeout: number;
  readonly deadline: number | undefined;
  readonly retry: RetryConfig;
  readonly breaker: BreakerConfig;
}

export interface GuardDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: StoreObserver;
}

/** By call, while some node is in trouble: a probe's end counts for the node that it was admitted to. */
type AdmittedNodes = ReadonlyMap<TogetherCall, string | undefined> | undefined;

/** Calls of one store that may wait at the same time; one more is OVERLOADED. */
const MOST_PENDING = 65_536;

export class Guard {
  readonly store: string;
  readonly clock: Clock;
  readonly observer: StoreObserver;
  /** Milliseconds that a whole call may take. */
  readonly deadline: number;
  readonly #link: Link;
  readonly #random: Random;
  readonly #timeout: number;
  readonly #retry: RetryConfig;
  readonly #wheel: DeadlineWheel;
  readonly #breakers: Breakers;
  readonly #closing = new AbortController();
  #pending = 0;
  #closed = false;

  constructor(link: Link, config: GuardConfig, { clock, random, observer }: GuardDependencies) {
    // Every call that waits for its next attempt listens.
    setMaxListeners(0, this.#closing.signal);
    this.#link = link;
    this.store = config.id;
    this.clock = clock;
    this.observer = observer;
    this.#random = random;
    this.#timeout = config.timeout;
    this.#retry = config.retry;
    this.deadline = config.deadline ?? config.timeout + longestWaits(config.retry);
    this.#wheel = new DeadlineWheel(clock);
    this.#breakers = new Breakers(config.breaker, clock, (node, state, openUntil) => {
      observer.breakerChanged(node, state);
      if (state !== 'half-open') link.suspect?.(node, state === 'open' ? openUntil : undefined);
    });
    link.onConnected?.((node) => this.#breakers.connected(node));
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Sends a call, again and again where that is safe, until it is answered or its deadline passes. */
  async run<T>(call: GuardedCall, send: Send<T>): Promise<T> {
    this.enter(call);
    try {
      return await this.runEntered(call, send);
    } finally {
      this.leave(1);
    }
  }

  /** The same for calls that were counted in when they were queued. */
  runEntered<T>(call: GuardedCall, send: Send<T>): Promise<T> {
    const now = this.clock.now();
    return this.#fly(new Flight(call, now + this.deadline), now, send);
  }

  /** Sends calls that were counted in, in one pipeline; those that fail go on alone. Never rejects. */
  async runTogether(items: readonly TogetherCall[], readOnly: boolean): Promise<void> {
    const now = this.clock.now();
    const flight = new Flight({ operation: 'pipeline', safety: 'once', readOnly }, now + this.deadline);
    const nodes = this.#breakers.quiet ? undefined : new Map<TogetherCall, string | undefined>();
    const sent = nodes === undefined ? items : items.filter((item) => this.#admitItem(item, flight, nodes));
    if (sent.length === 0) return;
    const commands = sent.map((item) => item.command);
    try {
      const outcomes = await this.#bounded(flight, now, (options) => this.#link.pipeline(commands, options));
      this.#settleAll(sent, outcomes, flight, nodes);
    } catch (error) {
      const blamed = new Set<string>();
      for (const item of sent) this.#goOnAlone(item, error, flight, blamed, nodes);
    }
  }

  /** Counts a call in, for those who queue it before they run it; throws when it must not even wait. */
  enter(call: GuardedCall): void {
    this.check(call);
    this.#pending++;
  }

  /** Throws when a call must not begin. */
  check(call: GuardedCall): void {
    if (this.#closed || call.signal?.aborted || this.#pending >= MOST_PENDING) throw this.#turnAway(call);
  }

  leave(calls: number): void {
    this.#pending -= calls;
  }

  /** The error of a call that failed below after `attempts`. */
  failure(error: unknown, call: GuardedCall, attempts = 1): StoreError {
    const flight = new Flight(call, 0);
    flight.attempts = attempts;
    flight.maybeExecuted = maybeExecuted(error);
    return this.#toStoreError(error, flight);
  }

  /** Ends everything that waits with CLOSED. */
  close(): void {
    this.#closed = true;
    this.#closing.abort();
    this.#wheel.clear();
  }

  async #fly<T>(flight: Flight, now: number, send: Send<T>): Promise<T> {
    const node = this.#nodeOf(flight.call);
    if (!this.#admits(node)) throw this.#refuseOpen(flight);
    flight.node = node;
    try {
      const result = await this.#bounded(flight, now, send);
      if (node !== undefined && !this.#breakers.quiet) this.#breakers.succeeded(node);
      this.#observe(flight, 'ok');
      return result;
    } catch (error) {
      this.#failed(flight, error);
      return await this.#recover(flight, error, send);
    }
  }

  /** The slow path: after a first attempt that failed. */
  async #recover<T>(flight: Flight, first: unknown, send: Send<T>): Promise<T> {
    try {
      if (!mayRetry(first, flight.call.safety)) throw first;
      const result = await pRetry((n) => (n === 1 ? Promise.reject(first) : this.#attemptAgain(flight, send)), {
        retries: this.#retry.total,
        // p-retry waits on timers of its own; ours are on the store's clock, in attemptAgain.
        minTimeout: 0,
        shouldRetry: ({ error }) => error !== flight.givenUp && mayRetry(error, flight.call.safety),
      });
      this.#observe(flight, 'ok');
      return result;
    } catch (error) {
      const failure = this.#toStoreError(flight.givenUp ?? error, flight);
      this.#observe(flight, failure.code);
      throw failure;
    }
  }

  async #attemptAgain<T>(flight: Flight, send: Send<T>): Promise<T> {
    const failed = flight.lastError;
    const wait = retryWait(this.#retry, flight.attempts - 1, this.#random);
    if (this.clock.now() + wait >= flight.deadline) throw this.#giveUp(flight, failed);
    await this.#pause(flight, wait);
    // Asked only now: meanwhile the link may have found that another node took over.
    const node = this.#nodeOf(flight.call);
    // Nothing better than the failure that opened it can be told when the breaker is open by now.
    if (!this.#admits(node)) throw this.#giveUp(flight, failed);
    this.observer.retried(flight.call.operation, codeOf(failed));
    flight.node = node;
    try {
      const result = await this.#bounded(flight, this.clock.now(), send);
      if (node !== undefined) this.#breakers.succeeded(node);
      return result;
    } catch (error) {
      this.#failed(flight, error);
      throw error;
    }
  }

  #giveUp(flight: Flight, error: unknown): unknown {
    flight.givenUp = error;
    return error;
  }

  async #pause(flight: Flight, wait: number): Promise<void> {
    const { signal } = flight.call;
    const stop = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    try {
      await sleep(this.clock, wait, stop);
    } catch {
      const kind = this.closed ? 'closed' : 'aborted';
      throw new LinkError(kind, kind, { maybeExecuted: false });
    }
  }

  /** One attempt that ends at its time, whatever the link does. */
  #bounded<T>(flight: Flight, now: number, send: Send<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new LinkError('closed', 'closed', { maybeExecuted: false }));
    flight.attempts++;
    flight.since = this.#breakers.epoch;
    const { signal, readOnly } = flight.call;
    const left = Math.min(this.#timeout, flight.deadline - now);
    const options: CallOptions = { deadline: now + left, readOnly: readOnly === true, signal };
    const attempt = new Attempt<T>(this.#wheel, flight.node, signal);
    this.#wheel.add(attempt, left, now);
    return attempt.run(send, options);
  }

  /** Remembers the failure, and tells the node's breaker once per pipeline. */
  #failed(flight: Flight, error: unknown, blamed?: Set<string>): void {
    flight.lastError = error;
    flight.maybeExecuted ||= maybeExecuted(error);
    const node = (error instanceof LinkError ? error.details.node : undefined) ?? flight.node;
    // The one that was asked first may have been probed by this, and told nothing about itself.
    if (flight.node !== undefined && node !== flight.node) this.#breakers.undecided(flight.node);
    if (node === undefined || blamed?.has(node)) return;
    blamed?.add(node);
    const blame = blameFor(error);
    if (blame !== undefined) this.#breakers.failed(node, blame === 'event' ? flight.since : undefined);
    else if (this.#breakers.quiet) return;
    else if (error instanceof ReplyError) this.#breakers.succeeded(node);
    else this.#breakers.undecided(node);
  }

  #settleAll(
    items: readonly TogetherCall[],
    outcomes: readonly (Reply | LinkError)[],
    flight: Flight,
    nodes: AdmittedNodes,
  ): void {
    const tally = new Tally(this.observer, performance.now() - flight.started);
    const blamed = new Set<string>();
    for (let i = 0; i < items.length; i++) {
      const item = items[i]!;
      const outcome = outcomes[i] ?? null;
      if (typeof outcome === 'object' && (outcome instanceof ReplyError || outcome instanceof LinkError)) {
        this.#goOnAlone(item, outcome, flight, blamed, nodes);
        continue;
      }
      let value: unknown;
      try {
        value = item.decode(outcome);
      } catch (error) {
        this.#goOnAlone(item, error, flight, blamed, nodes);
        continue;
      }
      if (nodes !== undefined) this.#breakers.succeeded(nodes.get(item) ?? '');
      tally.add(item.call.operation, item.call.count ?? 1);
      item.settle(value);
    }
    tally.report();
  }

  /** One of many failed: from here it is a call of its own. */
  #goOnAlone(item: TogetherCall, error: unknown, together: Flight, blamed: Set<string>, nodes: AdmittedNodes): void {
    const flight = new Flight(item.call, together.deadline, together.started);
    flight.node = nodes === undefined ? this.#nodeOf(item.call) : nodes.get(item);
    let end: Promise<unknown>;
    if (error instanceof ReplyError && error.code === 'NOSCRIPT') {
      // Sent by its hash to a server that did not know it yet: the link loads it, and that is the first attempt.
      this.#breakers.succeeded(flight.node ?? '');
      end = this.#fly(flight, this.clock.now(), item.send);
    } else {
      flight.attempts = 1;
      flight.since = together.since;
      this.#failed(flight, error, blamed);
      end = this.#recover(flight, error, item.send);
    }
    end.then(
      (value) => item.settle(value),
      (failure: unknown) => item.fail(this.#toStoreError(failure, flight)),
    );
  }

  #admitItem(item: TogetherCall, flight: Flight, nodes: Map<TogetherCall, string | undefined>): boolean {
    const node = this.#nodeOf(item.call);
    nodes.set(item, node);
    if (this.#admits(node)) return true;
    item.fail(this.#refuse('BREAKER_OPEN', item.call));
    this.observer.ended(item.call.operation, 'BREAKER_OPEN', 1, performance.now() - flight.started);
    return false;
  }

  #refuseOpen(flight: Flight): StoreError {
    this.#observe(flight, 'BREAKER_OPEN');
    return this.#refuse('BREAKER_OPEN', flight.call);
  }

  #admits(node: string | undefined): boolean {
    return node === undefined || this.#breakers.quiet || this.#breakers.admit(node);
  }

  #nodeOf(call: GuardedCall): string | undefined {
    return call.node ?? this.#link.nodeFor(call.key, call.readOnly === true);
  }

  #observe(flight: Flight, outcome: 'ok' | StoreError['code']): void {
    const count = flight.call.count ?? 1;
    if (count > 0) this.observer.ended(flight.call.operation, outcome, count, performance.now() - flight.started);
  }

  #toStoreError(error: unknown, flight: Flight): StoreError {
    const { operation, safety, signal } = flight.call;
    const indeterminate = flight.maybeExecuted && safety !== 'read';
    const { attempts, node } = flight;
    return toStoreError(error, { store: this.store, operation, node, attempts, indeterminate, reason: signal?.reason });
  }

  /** Why a call may not even wait. */
  #turnAway(call: GuardedCall): StoreError {
    const code = this.#closed ? 'CLOSED' : call.signal?.aborted ? 'ABORTED' : 'OVERLOADED';
    this.observer.ended(call.operation, code, 1, 0);
    return this.#refuse(code, call);
  }

  #refuse(code: Refusal, call: GuardedCall): StoreError {
    const reason = code === 'ABORTED' ? call.signal?.reason : undefined;
    const node = code === 'BREAKER_OPEN' ? this.#nodeOf(call) : undefined;
    return refusal(code, { store: this.store, operation: call.operation, node, reason });
  }
}

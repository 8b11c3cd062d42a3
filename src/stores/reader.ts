/**
 * Gets of one turn become MGETs, which is what makes many lookups fast; each key is asked once. MGET
 * answers nil for another type, which must not pass as missing: those keys are asked again one by one,
 * unless EXISTS over the same keys went along and counted no more than MGET found. It goes along while
 * batches have misses, and saves the server's time while they have none. An MGET that is refused as a whole
 * (one key without permission) is asked one by one as well. A lone get is a GET.
 *
 * On a cluster each key is a GET of its own, sent together. Every get ends for itself; callers that gave
 * up are skipped. Keys must not be changed before their call ended.
 */
import type { Bytes } from '../core/bytes.js';
import type { StoreError } from '../core/errors.js';
import { type CallOptions, type Command, type Link, LinkError } from '../links/link.js';
import { type Reply, ReplyError } from '../resp/reply.js';
import { mayRetry } from './failures.js';
import { FirstAskers } from './first-askers.js';
import type { GuardedCall } from './flight.js';
import { Departure, type Gathering } from './gathering.js';
import type { Guard, TogetherCall } from './guard.js';
import { arrayOf, bulkOrNull, integer } from './replies.js';

type Value = Buffer | null;
type Answer = Value | ReplyError;

/**
 * Keys of one MGET: enough to make the round trip cheap, few enough that the server answers one while the
 * next is on its way, and that other clients are not held up.
 */
const MOST_KEYS = 128;

/** May be answered by a replica. */
const GET: GuardedCall = { operation: 'get', safety: 'read', readOnly: true };
const GET_OF_PRIMARY: GuardedCall = { operation: 'get', safety: 'read' };

export interface Reader {
  get(key: Bytes, signal: AbortSignal | undefined): Promise<Value>;
  getText(key: Bytes, signal: AbortSignal | undefined): Promise<string | null>;
  /** The same without a promise: calls one of the two, once, now or later. */
  tell(key: Bytes, answered: (value: Value) => void, failed: (error: StoreError) => void): void;
}

export class GatheredReader implements Reader {
  readonly #link: Link;
  readonly #guard: Guard;
  readonly #departure: Departure;
  readonly #call: GuardedCall;
  #waiting: Asked[] = [];
  /** Whether the last batch had a miss: only then the next one asks EXISTS along, which costs the server half as much again. */
  #expectMisses = true;

  /** With `ofPrimary` replicas are not asked. */
  constructor(link: Link, guard: Guard, gathering: Gathering, { ofPrimary = false } = {}) {
    this.#link = link;
    this.#guard = guard;
    this.#call = ofPrimary ? GET_OF_PRIMARY : GET;
    this.#departure = new Departure(gathering, () => this.#send(), true);
  }

  get(key: Bytes, signal: AbortSignal | undefined): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#guard.enter(signal === undefined ? this.#call : { ...this.#call, signal });
      const asked = new Asked(key, resolve, reject);
      if (signal !== undefined) this.#heed(signal, asked);
      this.#add(asked);
    });
  }

  getText(key: Bytes, signal: AbortSignal | undefined): Promise<string | null> {
    return this.get(key, signal).then(textOf);
  }

  tell(key: Bytes, answered: (value: Value) => void, failed: (error: StoreError) => void): void {
    try {
      this.#guard.enter(this.#call);
    } catch (error) {
      failed(error as StoreError);
      return;
    }
    this.#add(new Asked(key, answered, failed));
  }

  #add(asked: Asked): void {
    const waiting = this.#waiting.push(asked);
    if (waiting >= MOST_KEYS && this.#departure.busy) this.#departure.now();
    else this.#departure.soon();
  }

  async #send(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    const distinct = withTwins(waiting);
    if (distinct.length === 1) await this.#askAlone(distinct[0]!);
    else if (distinct.length > 1) await this.#askTogether(distinct);
    this.#guard.leave(waiting.length);
  }

  async #askAlone(asked: Asked): Promise<void> {
    const { key } = asked;
    const call =
      this.#link.crossSlot && asked.twin === undefined ? this.#call : { ...this.#call, key, count: asked.waiting() };
    try {
      const send = (options: CallOptions) => this.#link.command(['GET', key], options).then(bulkOrNull);
      asked.settle(await this.#guard.runEntered(call, send));
    } catch (error) {
      asked.fail(error as StoreError);
    }
  }

  async #askTogether(distinct: readonly Asked[]): Promise<void> {
    const batches: Promise<void>[] = [];
    for (let from = 0; from < distinct.length; from += MOST_KEYS) {
      const batch = distinct.length <= MOST_KEYS ? distinct : distinct.slice(from, from + MOST_KEYS);
      batches.push(this.#link.crossSlot ? this.#askAtOnce(batch) : this.#askEach(batch));
    }
    await Promise.all(batches);
  }

  async #askAtOnce(batch: readonly Asked[]): Promise<void> {
    const started = performance.now();
    const keys = batch.map((asked) => asked.key);
    const { operation, safety, readOnly = false } = this.#call;
    // Named one by one: a spread object that gets another property is looked up slowly from then on.
    const call: GuardedCall = { operation, safety, readOnly, key: keys[0], count: 0 };
    let ended = 0;
    try {
      const answers = await this.#guard.runEntered(call, (options) => this.#fetch(keys, options));
      for (let i = 0; i < batch.length; i++) ended += this.#answer(batch[i]!, answers[i] ?? null);
    } catch (error) {
      const failed = batch.reduce((count, asked) => count + asked.fail(error as StoreError), 0);
      this.#observe((error as StoreError).code, failed, started);
    }
    this.#observe('ok', ended, started);
  }

  #answer(asked: Asked, answer: Answer): number {
    if (!(answer instanceof ReplyError)) return asked.settle(answer);
    const failure = this.#guard.failure(answer, { ...this.#call, key: asked.key });
    this.#observe(failure.code, asked.fail(failure), performance.now());
    return 0;
  }

  async #fetch(keys: readonly Bytes[], options: CallOptions): Promise<readonly Answer[]> {
    const mget: Command = ['MGET', ...keys];
    const replies = await this.#link.pipeline(this.#expectMisses ? [mget, ['EXISTS', ...keys]] : [mget], options);
    const refused = replies.find((reply) => reply instanceof Error);
    if (refused !== undefined) {
      if (refused instanceof LinkError || mayRetry(refused, 'read')) throw refused;
      return await this.#fetchEach(keys, options);
    }
    const values = arrayOf(replies[0] as Reply, keys.length, bulkOrNull);
    const found = values.length - countOf(values, null);
    this.#expectMisses = found < values.length;
    if (found === values.length) return values;
    const existing = replies.length === 2 ? integer(replies[1] as Reply) : undefined;
    return existing === found ? values : await this.#tellTypes(keys, values, options);
  }

  /** The values, with what GET says of those that MGET did not find: they may be of another type. */
  async #tellTypes(keys: readonly Bytes[], values: readonly Value[], options: CallOptions): Promise<readonly Answer[]> {
    const missed = keys.flatMap((_, i) => (values[i] === null ? [i] : []));
    const again = await this.#fetchEach(
      missed.map((i) => keys[i]!),
      options,
    );
    const answers: Answer[] = [...values];
    missed.forEach((i, n) => {
      answers[i] = again[n] ?? null;
    });
    return answers;
  }

  async #fetchEach(keys: readonly Bytes[], options: CallOptions): Promise<readonly Answer[]> {
    const replies = await this.#link.pipeline(
      keys.map((key): Command => ['GET', key]),
      options,
    );
    const lost = replies.find((reply) => reply instanceof LinkError);
    if (lost !== undefined) throw lost;
    return replies.map((reply) => (reply instanceof ReplyError ? reply : bulkOrNull(reply as Reply)));
  }

  #askEach(batch: readonly Asked[]): Promise<void> {
    return new Promise((resolve) => {
      let left = batch.length;
      const ended = () => {
        if (--left === 0) resolve();
      };
      const items = batch.map((asked) => this.#together(asked, ended));
      void this.#guard.runTogether(items, this.#call.readOnly === true);
    });
  }

  #together(asked: Asked, ended: () => void): TogetherCall<Value> {
    const command: Command = ['GET', asked.key];
    return {
      call: { ...this.#call, key: asked.key, count: asked.waiting() },
      command,
      send: (options) => this.#link.command(command, options).then(bulkOrNull),
      decode: bulkOrNull,
      settle(value: Value) {
        asked.settle(value);
        ended();
      },
      fail(error: StoreError) {
        asked.fail(error);
        ended();
      },
    };
  }

  /** Ends the caller's wait with its signal; the key may be asked all the same. */
  #heed(signal: AbortSignal, asked: Asked): void {
    const abort = () => {
      const failure = this.#guard.failure(gaveUp(), { ...this.#call, signal });
      if (asked.failAlone(failure)) this.#guard.observer.ended(this.#call.operation, failure.code, 1, 0);
    };
    signal.addEventListener('abort', abort, { once: true });
    asked.forget = () => signal.removeEventListener('abort', abort);
  }

  #observe(outcome: 'ok' | StoreError['code'], count: number, started: number): void {
    if (count > 0) this.#guard.observer.ended(this.#call.operation, outcome, count, performance.now() - started);
  }
}

export function textOf(value: Value): string | null {
  return value === null ? null : value.toString('utf8');
}

function gaveUp(): LinkError {
  return new LinkError('aborted', 'aborted', { maybeExecuted: false });
}

/** One caller's wait for one key. Callers of the same key hang on the first as its twins. */
class Asked {
  twin: Asked | undefined = undefined;
  forget: (() => void) | undefined = undefined;
  over = false;

  constructor(
    readonly key: Bytes,
    readonly resolve: (value: Value) => void,
    readonly reject: (error: StoreError) => void,
  ) {}

  /** How many callers wait for this key. */
  waiting(): number {
    let count = 0;
    for (let asked: Asked | undefined = this; asked !== undefined; asked = asked.twin) if (!asked.over) count++;
    return count;
  }

  /** Answers this caller and its twins; says how many were still waiting. */
  settle(value: Value): number {
    let waiting = this.#settleAlone(value) ? 1 : 0;
    for (let { twin } = this as Asked; twin !== undefined; twin = twin.twin) {
      // Each gets bytes of its own: a caller may write into what it was given.
      if (twin.#settleAlone(value === null ? null : Buffer.from(value))) waiting++;
    }
    return waiting;
  }

  fail(error: StoreError): number {
    let waiting = 0;
    for (let asked: Asked | undefined = this; asked !== undefined; asked = asked.twin) {
      if (asked.failAlone(error)) waiting++;
    }
    return waiting;
  }

  #settleAlone(value: Value): boolean {
    if (!this.#end()) return false;
    this.resolve(value);
    return true;
  }

  failAlone(error: StoreError): boolean {
    if (!this.#end()) return false;
    this.reject(error);
    return true;
  }

  #end(): boolean {
    if (this.over) return false;
    this.over = true;
    this.forget?.();
    return true;
  }
}

/** The first asker of each key, with the others hung on it; those who gave up already are left out. */
function withTwins(waiting: readonly Asked[]): readonly Asked[] {
  if (waiting.length === 1) return waiting[0]!.over ? [] : waiting;
  const known = new FirstAskers<Asked>();
  const distinct: Asked[] = [];
  for (const asked of waiting) {
    if (asked.over) continue;
    const first = known.before(asked);
    if (first === undefined) distinct.push(asked);
    else {
      asked.twin = first.twin;
      first.twin = asked;
    }
  }
  return distinct;
}

function countOf(values: readonly Value[], value: Value): number {
  let count = 0;
  for (const one of values) if (one === value) count++;
  return count;
}

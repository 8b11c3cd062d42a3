import type { HttpLookupConfig } from '../../config/model.js';
import type { Cancel, Clock } from '../../core/clock.js';
import { messageOf } from '../../core/errors.js';
import { fetchList, type Validators } from './http-fetch.js';
import type { ListEvents } from './list-events.js';
import { ListRefused } from './load-list.js';

/** What is done with a text that was fetched. */
export interface FetchedText {
  /** Makes it the list from now on. Rejects with ListRefused, and then nothing has happened. */
  take(bytes: Buffer, signal: AbortSignal): Promise<TakenText>;
  /** The server says that it is what it was. */
  unchanged?(): void;
}

export interface TakenText {
  readonly entries: number;
  /** Lines that mean nothing. */
  readonly leftOut: number;
}

/**
 * Fetches a list again and again: after `refresh`, or `retry` where that failed. What was taken stays until something
 * else is taken as a whole.
 */
export class RepeatedFetch {
  readonly #config: HttpLookupConfig;
  readonly #clock: Clock;
  readonly #events: ListEvents;
  readonly #text: FetchedText;
  readonly #closed = new AbortController();
  #loadedAt: number | undefined;
  #validators: Validators = { etag: undefined, lastModified: undefined };
  #cancelNext: Cancel = () => {};
  #loading: Promise<void> | undefined;

  constructor(config: HttpLookupConfig, clock: Clock, events: ListEvents, text: FetchedText) {
    this.#config = config;
    this.#clock = clock;
    this.#events = events;
    this.#text = text;
  }

  /** When the list that is in use was loaded, or was last told to be unchanged, in milliseconds since the epoch. */
  get loadedAt(): number | undefined {
    return this.#loadedAt;
  }

  /** Loads now, unless it does already, and from then on again and again. Never rejects. */
  load(): Promise<void> {
    this.#cancelNext();
    this.#loading ??= this.#loadOnce().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  close(): void {
    this.#closed.abort();
    this.#cancelNext();
  }

  async #loadOnce(): Promise<void> {
    let next = this.#config.refresh;
    try {
      await this.#withinTimeout((signal) => this.#fetch(signal));
    } catch (error) {
      next = this.#config.retry;
      if (!this.#closed.signal.aborted) this.#events.failed(this.#config.id, reasonOf(error));
    }
    if (!this.#closed.signal.aborted) this.#cancelNext = this.#clock.schedule(next, () => void this.load());
  }

  async #withinTimeout(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { timeout } = this.#config;
    const late = new AbortController();
    const cancel = this.#clock.schedule(timeout, () => late.abort(new ListRefused(`not there after ${timeout} ms`)));
    const signal = AbortSignal.any([late.signal, this.#closed.signal]);
    try {
      await run(signal);
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      cancel();
    }
  }

  async #fetch(signal: AbortSignal): Promise<void> {
    const { id } = this.#config;
    const fetched = await fetchList(this.#config, this.#validators, signal);
    if (fetched === 'unchanged') {
      this.#loadedAt = this.#clock.now();
      this.#text.unchanged?.();
      this.#events.unchanged(id);
      return;
    }
    const { entries, leftOut } = await this.#text.take(fetched.bytes, signal);
    this.#validators = fetched.validators;
    this.#loadedAt = this.#clock.now();
    this.#events.loaded(id, entries, leftOut);
  }
}

/** Network errors say what happened in their cause, and where: addresses and names, never the URL. */
function reasonOf(error: unknown): string {
  if (error instanceof ListRefused) return error.message;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return messageOf(cause);
}

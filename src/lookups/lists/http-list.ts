import type { HttpLookupConfig } from '../../config/model.js';
import type { Cancel, Clock } from '../../core/clock.js';
import { type Fetched, fetchList, type Validators } from './http-fetch.js';
import { type ListEvents, silentListEvents } from './list-events.js';
import { ListSource } from './list-source.js';
import { type ListReading, ListRefused, loadList } from './load-list.js';

/**
 * `[http-lookup.<id>]`: a list that is fetched, again after `refresh`, or `retry` where that failed. What was loaded
 * stays until something else is loaded as a whole. Lines that mean nothing are left out and counted, since whoever
 * writes the list is somebody else; a text of such lines alone is no list.
 */
export class HttpList {
  readonly config: HttpLookupConfig;
  readonly source: ListSource;
  readonly #clock: Clock;
  readonly #events: ListEvents;
  readonly #closed = new AbortController();
  #loadedAt: number | undefined;
  #validators: Validators = { etag: undefined, lastModified: undefined };
  #cancelNext: Cancel = () => {};
  #loading: Promise<void> | undefined;

  constructor(config: HttpLookupConfig, clock: Clock, events: ListEvents = silentListEvents) {
    this.config = config;
    this.source = new ListSource(config.id);
    this.#clock = clock;
    this.#events = events;
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
    let next = this.config.refresh;
    try {
      await this.#withinTimeout((signal) => this.#fetch(signal));
    } catch (error) {
      next = this.config.retry;
      if (!this.#closed.signal.aborted) this.#events.failed(this.config.id, reasonOf(error));
    }
    if (!this.#closed.signal.aborted) this.#cancelNext = this.#clock.schedule(next, () => void this.load());
  }

  async #withinTimeout(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { timeout } = this.config;
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
    const fetched = await fetchList(this.config, this.#validators, signal);
    if (fetched === 'unchanged') this.#events.unchanged(this.config.id);
    else await this.#use(fetched, signal);
    this.#loadedAt = this.#clock.now();
  }

  async #use({ bytes, validators }: Fetched, signal: AbortSignal): Promise<void> {
    const { list, errors, notices } = await loadList(bytes, this.config.list, signal);
    signal.throwIfAborted();
    if (errors > 0 && list.entries === 0) throw new ListRefused(firstOf({ list, errors, notices }));
    this.#validators = validators;
    this.source.use(list);
    this.#events.loaded(this.config.id, list.entries, errors);
  }
}

function firstOf({ notices, errors }: ListReading): string {
  const [first] = notices;
  return `none of its ${errors} lines means anything; line ${first?.line.number}: ${first?.message}`;
}

/** Network errors say what happened in their cause, and where: addresses and names, never the URL. */
function reasonOf(error: unknown): string {
  if (error instanceof ListRefused) return error.message;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

import type { Bytes } from '../core/bytes.js';
import { StoreError } from '../core/errors.js';
import type { DirectReads } from '../links/link.js';
import type { GuardedCall } from './flight.js';
import type { Guard } from './guard.js';
import { type Reader, textOf } from './reader.js';

const GET: GuardedCall = { operation: 'get', safety: 'read', readOnly: true };

/**
 * Gets of a store in this process: answered at once, so there is nothing to gather, to wait for or to try
 * again. Counted for the observer once per turn of the event loop.
 */
export class DirectReader implements Reader {
  readonly #link: DirectReads;
  readonly #guard: Guard;
  #count = 0;
  #started = 0;

  constructor(link: DirectReads, guard: Guard) {
    this.#link = link;
    this.#guard = guard;
  }

  get(key: Bytes, signal: AbortSignal | undefined): Promise<Buffer | null> {
    try {
      this.#guard.check(signal === undefined ? GET : { ...GET, signal });
      const value = this.#link.getNow(key);
      if (this.#count++ === 0) this.#reportSoon();
      return Promise.resolve(value);
    } catch (error) {
      return Promise.reject(this.#failure(error, key));
    }
  }

  getText(key: Bytes, signal: AbortSignal | undefined): Promise<string | null> {
    return this.get(key, signal).then(textOf);
  }

  tell(key: Bytes, answered: (value: Buffer | null) => void, failed: (error: StoreError) => void): void {
    let value: Buffer | null;
    try {
      this.#guard.check(GET);
      value = this.#link.getNow(key);
    } catch (error) {
      failed(this.#failure(error, key));
      return;
    }
    if (this.#count++ === 0) this.#reportSoon();
    answered(value);
  }

  #failure(error: unknown, key: Bytes): StoreError {
    if (error instanceof StoreError) return error;
    const failure = this.#guard.failure(error, { ...GET, key });
    this.#guard.observer.ended(GET.operation, failure.code, 1, 0);
    return failure;
  }

  #reportSoon(): void {
    this.#started = performance.now();
    setImmediate(this.#report);
  }

  readonly #report = (): void => {
    const ms = (performance.now() - this.#started) / this.#count;
    this.#guard.observer.ended(GET.operation, 'ok', this.#count, ms);
    this.#count = 0;
  };
}

import type { Bytes } from '../../core/bytes.js';
import type { StoreError } from '../../core/errors.js';
import type { GuardedCall } from '../flight.js';
import type { Guard } from '../guard.js';
import { type Reader, textOf } from '../reader.js';
import { type Fill, type NearCache, nameOf } from './near-cache.js';

type Value = Buffer | null;

const GET: GuardedCall = { operation: 'get', safety: 'read' };

/** Gets that are answered from a near cache where it has the answer. The servers are asked to tell of changes at the first. */
export class NearReader implements Reader {
  readonly #cache: NearCache;
  readonly #inner: Reader;
  readonly #guard: Guard;
  /** Until it was called. */
  #track: (() => void) | undefined;

  constructor(cache: NearCache, inner: Reader, guard: Guard, track: () => void) {
    this.#cache = cache;
    this.#inner = inner;
    this.#guard = guard;
    this.#track = track;
  }

  get(key: Bytes, signal: AbortSignal | undefined): Promise<Value> {
    const name = nameOf(key);
    const kept = this.#cache.find(name);
    if (kept === undefined) return this.#fetch(name, key, signal);
    return this.#refused(signal) ?? Promise.resolve(copyOf(kept.value));
  }

  getText(key: Bytes, signal: AbortSignal | undefined): Promise<string | null> {
    const name = nameOf(key);
    const kept = this.#cache.find(name);
    if (kept === undefined) return this.#fetch(name, key, signal).then(textOf);
    return this.#refused(signal) ?? Promise.resolve(kept.text);
  }

  tell(key: Bytes, answered: (value: Value) => void, failed: (error: StoreError) => void): void {
    const name = nameOf(key);
    const kept = this.#cache.find(name);
    if (kept === undefined) {
      this.#fetchAndTell(name, key, answered, failed);
      return;
    }
    try {
      this.#guard.check(GET);
    } catch (error) {
      failed(error as StoreError);
      return;
    }
    answered(kept.value);
  }

  #refused(signal: AbortSignal | undefined): Promise<never> | undefined {
    try {
      this.#guard.check(signal === undefined ? GET : { ...GET, signal });
      return undefined;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #fetch(name: string, key: Bytes, signal: AbortSignal | undefined): Promise<Value> {
    const fill = this.#begin(name);
    let value: Value | undefined;
    try {
      value = await this.#inner.get(key, signal);
      return value;
    } finally {
      if (fill !== undefined) this.#cache.end(fill, value);
    }
  }

  #fetchAndTell(name: string, key: Bytes, answered: (value: Value) => void, failed: (error: StoreError) => void): void {
    const fill = this.#begin(name);
    const end = (value: Value | undefined) => {
      if (fill !== undefined) this.#cache.end(fill, value);
    };
    this.#inner.tell(
      key,
      (value) => {
        end(value);
        answered(value);
      },
      (error) => {
        end(undefined);
        failed(error);
      },
    );
  }

  #begin(name: string): Fill | undefined {
    if (this.#track !== undefined && !this.#guard.closed) {
      this.#track();
      this.#track = undefined;
    }
    return this.#cache.begin(name);
  }
}

/** A caller may write into what it was given. */
function copyOf(value: Value): Value {
  if (value === null) return null;
  const copy = Buffer.allocUnsafe(value.length);
  copy.set(value);
  return copy;
}

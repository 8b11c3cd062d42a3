/**
 * Answers kept in this process until the server tells that they were changed. An answer, also that a key is not there, is
 * kept only when every change is told (`told`) from before it was asked for, and none was told for its key meanwhile:
 * what is kept is never older than the last change that was told. It all goes when that is interrupted; `ttl`
 * bounds what no server can tell of.
 *
 * Memory: at most `maxEntries`, the least recently used goes first, of keys and values up to the sizes below; larger
 * ones are always asked for.
 */
import { LRUCache } from 'lru-cache';
import type { NearCacheConfig } from '../../config/model.js';
import { type Bytes, toBuffer } from '../../core/bytes.js';
import type { Clock } from '../../core/clock.js';
import type { KeyChanges } from '../../links/link.js';
import { type NearCacheObserver, silentNearCache } from '../observer.js';

/** A key by its bytes, one character each. */
export type KeyName = string;

type Value = Buffer | null;

interface Entry {
  readonly value: Value;
  readonly freshUntil: number;
}

/** An answer that is being fetched, for all who ask for it; not kept once it is not the one that the cache waits for. */
export interface Fill {
  readonly name: KeyName;
  readonly since: number;
  askers: number;
  /** What the first of them was answered. */
  answer: Value | undefined;
}

export class NearCache implements KeyChanges {
  readonly #entries: LRUCache<KeyName, Entry>;
  readonly #fills = new Map<KeyName, Fill>();
  readonly #ttl: number;
  readonly #clock: Clock;
  readonly #observer: NearCacheObserver;
  #isTold = false;

  constructor({ maxEntries, ttl }: NearCacheConfig, clock: Clock, observer: NearCacheObserver = silentNearCache) {
    this.#entries = new LRUCache({ max: maxEntries });
    this.#ttl = ttl;
    this.#clock = clock;
    this.#observer = observer;
  }

  /** The answer that is kept, not to be written into: null for a key that is not there, undefined when none is kept. */
  find(name: KeyName): Value | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined || this.#clock.now() >= entry.freshUntil) {
      this.#observer.miss();
      return undefined;
    }
    this.#observer.hit();
    return entry.value;
  }

  /** Before a key is asked for. Undefined when its answer will not be kept. */
  begin(name: KeyName): Fill | undefined {
    if (!this.#isTold || name.length > LARGEST_KEY) return undefined;
    let fill = this.#fills.get(name);
    if (fill === undefined) {
      fill = { name, since: this.#clock.now(), askers: 0, answer: undefined };
      this.#fills.set(name, fill);
    }
    fill.askers++;
    return fill;
  }

  /** What was answered; undefined: nothing. */
  end(fill: Fill, value: Value | undefined): void {
    fill.askers--;
    if (this.#fills.get(fill.name) !== fill) return;
    if (fill.askers === 0) this.#fills.delete(fill.name);
    if (value === undefined || (value !== null && value.length > LARGEST_VALUE)) return;
    if (fill.answer !== undefined && !isSame(fill.answer, value)) {
      // Changed in between, which is about to be told: nobody knows which of the two is the later one.
      this.changed([Buffer.from(fill.name, 'latin1')]);
      return;
    }
    fill.answer = value === null ? null : Buffer.from(value);
    this.#entries.set(fill.name, { value: fill.answer, freshUntil: fill.since + this.#ttl });
    this.#observer.kept(this.#entries.size);
  }

  changed(keys: readonly Bytes[] | undefined): void {
    if (keys === undefined) {
      this.#drop();
      return;
    }
    let forgotten = 0;
    for (const key of keys) {
      const name = nameOf(key);
      this.#fills.delete(name);
      if (this.#entries.delete(name)) forgotten++;
    }
    if (forgotten > 0) this.#observer.invalidated(forgotten, this.#entries.size);
  }

  told(complete: boolean): void {
    this.#isTold = complete;
    this.#drop();
  }

  #drop(): void {
    this.#fills.clear();
    const { size } = this.#entries;
    this.#entries.clear();
    if (size > 0) this.#observer.dropped(size);
  }
}

function isSame(one: Value, other: Value): boolean {
  return one === null || other === null ? one === other : one.equals(other);
}

/** Text and bytes of the same key have the same name. */
export function nameOf(key: Bytes): KeyName {
  if (typeof key !== 'string') return toBuffer(key).latin1Slice();
  for (let i = 0; i < key.length; i++) if (key.charCodeAt(i) > 0x7f) return Buffer.from(key).latin1Slice();
  return key;
}

const LARGEST_KEY = 1_024;
const LARGEST_VALUE = 65_536;

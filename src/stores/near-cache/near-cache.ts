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
import type { Cancel, Clock } from '../../core/clock.js';
import type { KeyChanges } from '../../links/link.js';
import { type NearCacheObserver, silentNearCache } from '../observer.js';

/** A key by its bytes, one character each. */
export type KeyName = string;

type Value = Buffer | null;

/** An answer that is kept; not to be written into. */
export class Kept {
  #text: string | undefined;

  constructor(
    /** Null: the key is not there. */
    readonly value: Value,
    readonly freshUntil: number,
  ) {}

  get text(): string | null {
    if (this.value === null) return null;
    this.#text ??= this.value.toString();
    return this.#text;
  }
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
  readonly #entries: LRUCache<KeyName, Kept>;
  readonly #fills = new Map<KeyName, Fill>();
  readonly #ttl: number;
  readonly #clock: Clock;
  readonly #observer: NearCacheObserver;
  #isTold = false;
  /** What is fresh until then is not fresh enough. Read instead of the clock, which would cost a third of a hit. */
  #soon = 0;
  #cancelTick: Cancel | undefined;

  constructor({ maxEntries, ttl }: NearCacheConfig, clock: Clock, observer: NearCacheObserver = silentNearCache) {
    this.#entries = new LRUCache({ max: maxEntries });
    this.#ttl = ttl;
    this.#clock = clock;
    this.#observer = observer;
  }

  find(name: KeyName): Kept | undefined {
    const kept = this.#entries.get(name);
    if (kept === undefined || kept.freshUntil <= this.#soon) {
      this.#observer.miss();
      return undefined;
    }
    this.#observer.hit();
    return kept;
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
    this.#entries.set(fill.name, new Kept(fill.answer, fill.since + this.#ttl));
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
    this.#cancelTick?.();
    if (complete) this.#tick();
  }

  readonly #tick = (): void => {
    const tick = this.#ttl / TICKS_A_TTL;
    this.#soon = this.#clock.now() + tick;
    this.#cancelTick = this.#clock.schedule(tick, this.#tick);
  };

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

/** An answer is kept for at least all of these but one. */
const TICKS_A_TTL = 16;
const LARGEST_KEY = 1_024;
const LARGEST_VALUE = 65_536;

import { LRUCache } from 'lru-cache';
import type { MapCacheConfig } from '../config/model.js';
import type { Clock } from '../core/clock.js';
import type { Outcome } from '../core/outcome.js';

/**
 * A map's answers, found ones for `positiveTtl` and not-found ones for `negativeTtl`. Failures are never
 * kept. Lookups of one key at the same time are one lookup. While the store fails, a found answer may be
 * given for `serveStale` past its time; a not-found one never is, since it may have become wrong.
 *
 * Memory: at most `maxEntries`, of keys and values up to the sizes below; larger ones are always looked up.
 */
export class LookupCache {
  readonly #config: MapCacheConfig;
  readonly #clock: Clock;
  readonly #events: CacheEvents;
  readonly #entries: LRUCache<string, Entry>;
  readonly #inFlight = new Map<string, Promise<Outcome>>();

  constructor(config: MapCacheConfig, clock: Clock, events: CacheEvents) {
    this.#config = config;
    this.#clock = clock;
    this.#events = events;
    this.#entries = new LRUCache({ max: config.maxEntries });
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The kept answer, or what `load` answers: it is called once for all who ask meanwhile, and never rejects. */
  lookup(key: Buffer, load: () => Promise<Outcome>): Promise<Outcome> {
    if (key.length > LARGEST_KEY) return load();
    const name = key.toString('latin1');
    const entry = this.#entries.get(name);
    if (entry !== undefined && this.#clock.now() < entry.freshUntil) {
      this.#events.hit();
      return Promise.resolve(entry.outcome);
    }
    const running = this.#inFlight.get(name);
    if (running !== undefined) {
      this.#events.coalesced();
      return running;
    }
    this.#events.miss();
    const loading = this.#load(name, load);
    this.#inFlight.set(name, loading);
    return loading;
  }

  async #load(name: string, load: () => Promise<Outcome>): Promise<Outcome> {
    try {
      const outcome = await load();
      return outcome.kind === 'temporary' ? this.#staleOr(name, outcome) : this.#keep(name, outcome);
    } finally {
      this.#inFlight.delete(name);
    }
  }

  #keep(name: string, outcome: Outcome): Outcome {
    const ttl = this.#ttlOf(outcome);
    if (ttl === 0) {
      this.#entries.delete(name);
      return outcome;
    }
    const freshUntil = this.#clock.now() + ttl;
    const kept = outcome.kind === 'found' ? { ...outcome, value: Buffer.from(outcome.value) } : outcome;
    this.#entries.set(name, { outcome: kept, freshUntil });
    return outcome;
  }

  #ttlOf(outcome: Outcome): number {
    if (outcome.kind === 'found') return outcome.value.length > LARGEST_VALUE ? 0 : this.#config.positiveTtl;
    return outcome.kind === 'notFound' ? this.#config.negativeTtl : 0;
  }

  #staleOr(name: string, failure: Outcome): Outcome {
    const entry = this.#entries.get(name);
    if (entry?.outcome.kind !== 'found') return failure;
    if (this.#clock.now() >= entry.freshUntil + this.#config.serveStale) return failure;
    this.#events.stale();
    return entry.outcome;
  }
}

interface Entry {
  readonly outcome: Outcome;
  readonly freshUntil: number;
}

/** What is counted about a cache; no method may throw. */
export interface CacheEvents {
  hit(): void;
  miss(): void;
  /** Joined a lookup of the same key that was under way. */
  coalesced(): void;
  /** Answered past its time because the store failed. */
  stale(): void;
}

export const uncountedCache: CacheEvents = { hit: () => {}, miss: () => {}, coalesced: () => {}, stale: () => {} };

const LARGEST_KEY = 1_024;
const LARGEST_VALUE = 65_536;

import type { Outcome } from '../core/outcome.js';

/**
 * What maps are made of. A source answers keys it is asked; a map asks its sources, in order, the expanded
 * forms of one key. More abilities are added as optional interfaces, not as more methods here.
 */
export interface Source {
  /** The id in the configuration ("redis", "vip"), for logs and --explain. */
  readonly name: string;
  /** One outcome per query, in order, in one round trip. Never rejects: failures are outcomes. */
  lookup(queries: readonly Query[], options?: LookupOptions): Promise<readonly Outcome[]>;
  /** One query, without a promise for each layer it passes: calls `answered` exactly once, now or later. */
  ask?(query: Query, answered: (outcome: Outcome) => void): void;
}

/** What a source is asked, after the templates. */
export interface Query {
  readonly key: Buffer;
  /** The hash's field (hget) or the set's member (member); lists do not look at it. */
  readonly field?: Buffer;
}

export interface LookupOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface LookupMap {
  readonly name: string;
  /** Never rejects. */
  lookup(key: Buffer, options?: LookupOptions): Promise<Outcome>;
  /** The same lookup past the cache, with every key that was tried, for `lookupd query --explain`. */
  explain(key: Buffer, options?: LookupOptions): Promise<Explanation>;
}

/** A map as frontends under load ask it: without a promise for each layer. */
export interface AskedMap extends LookupMap {
  /** The same as `lookup`: calls `answered` exactly once, now or later, which must not throw. */
  ask(key: Buffer, answered: (outcome: Outcome) => void): void;
}

export interface Explanation {
  readonly outcome: Outcome;
  readonly tries: readonly Try[];
}

export interface Try extends Query {
  readonly source: string;
  /** Which expansion made the key: "full", "no-extension", "domain" … */
  readonly expansion: string;
  readonly outcome: Outcome;
}

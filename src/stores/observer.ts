import type { StoreErrorCode } from '../core/errors.js';
import type { BreakerState } from './breaker.js';

/**
 * What a store tells about itself while it works; metrics are made from it elsewhere. Called on hot paths,
 * where one call reports a whole batch: implementations only count and never throw.
 */
export interface StoreObserver {
  /** `count` calls of one operation ended alike, `ms` after the first of them began. */
  ended(operation: string, outcome: 'ok' | StoreErrorCode, count: number, ms: number): void;
  /** A call is about to be tried again because the attempt before failed so. */
  retried(operation: string, reason: StoreErrorCode): void;
  breakerChanged(node: string, state: BreakerState): void;
  readonly nearCache?: NearCacheObserver | undefined;
}

/** What a near cache tells: of each get, and of the answers it does not keep any more. `left` is how many it has then. */
export interface NearCacheObserver {
  hit(): void;
  miss(): void;
  kept(left: number): void;
  /** Their keys were changed. */
  invalidated(count: number, left: number): void;
  /** All there were: changes may not be told any more. */
  dropped(count: number): void;
}

export const silentNearCache: NearCacheObserver = {
  hit() {},
  miss() {},
  kept() {},
  invalidated() {},
  dropped() {},
};

export const silentObserver: StoreObserver = {
  ended() {},
  retried() {},
  breakerChanged() {},
};

import type { Log } from '../observe/log.js';
import type { StoreMeter } from '../observe/stores.js';
import type { NearCacheObserver, StoreObserver } from '../stores/observer.js';

/**
 * Counts what a store tells, and logs when a node is given up and when it is back: changes, neither each failure nor each
 * probe that fails.
 */
export function observeStore(
  store: string,
  meter: StoreMeter,
  nearCache: () => NearCacheObserver,
  log: Log,
): StoreObserver {
  const givenUp = new Set<string>();
  return {
    ended: (operation, outcome, count, ms) => meter.ended(operation, outcome, count, ms),
    // Asked for by stores that have one.
    get nearCache() {
      return nearCache();
    },
    retried: (operation, reason) => meter.retried(operation, reason),
    breakerChanged(node, state) {
      meter.breakerChanged(node, state);
      if (state === 'open' && !givenUp.has(node)) {
        givenUp.add(node);
        log.warn({ store, node }, 'the node keeps failing: it is asked now and then only, until it answers');
      }
      if (state === 'closed' && givenUp.delete(node)) log.info({ store, node }, 'the node answers again');
    },
  };
}

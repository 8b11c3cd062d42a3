import type { Log } from '../observe/log.js';
import type { StoreMeter } from '../observe/stores.js';
import type { StoreObserver } from '../stores/observer.js';

/** Counts what a store tells, and logs when a node is given up and when it is back: changes, not each failure. */
export function observeStore(store: string, meter: StoreMeter, log: Log): StoreObserver {
  return {
    ended: (operation, outcome, count, ms) => meter.ended(operation, outcome, count, ms),
    retried: (operation, reason) => meter.retried(operation, reason),
    breakerChanged(node, state) {
      meter.breakerChanged(node, state);
      if (state === 'open') log.warn({ store, node }, 'the node keeps failing: not asking it for a while');
      if (state === 'closed') log.info({ store, node }, 'the node answers again');
    },
  };
}

import type { ListEvents } from '../lookups/lists/list-events.js';
import type { ListMetrics } from '../observe/lists.js';
import type { Log } from '../observe/log.js';

/** Counts and logs what becomes of lists: each load, since there are few. */
export function observeLists(metrics: ListMetrics, log: Log): ListEvents {
  return {
    loaded(list, entries, leftOut) {
      metrics.count(list, 'loaded');
      if (leftOut > 0) log.warn({ list, entries, leftOut }, 'list loaded; lines that mean nothing are left out');
      else log.info({ list, entries }, 'list loaded');
    },
    unchanged(list) {
      metrics.count(list, 'unchanged');
      log.debug({ list }, 'list unchanged');
    },
    failed(list, reason) {
      metrics.count(list, 'failed');
      log.error({ list, reason }, 'list not loaded: what was loaded before stays');
    },
  };
}

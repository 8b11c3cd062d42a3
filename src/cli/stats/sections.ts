/**
 * What `stats` shows, as data: a section is what a table and an array of the JSON are made of, out of the daemon's
 * metrics. A new metric of the daemon that people want to see is a line here.
 */
export interface Section {
  /** Its name in JSON. */
  readonly name: string;
  /** Labels that tell the rows apart. */
  readonly subject: readonly string[];
  readonly counted?: Counted;
  /** Sums over all other labels, by their name in JSON. */
  readonly further?: Readonly<Record<string, string>>;
  /** A histogram of seconds. */
  readonly duration?: string;
  /** What there is now, by its name in JSON. */
  readonly now?: Readonly<Record<string, string>>;
}

/** A counter whose label tells what became of it. */
export interface Counted {
  readonly metric: string;
  readonly label: string;
  /** In the order of the table. Others that the daemon has counted follow. */
  readonly results: readonly string[];
}

export const SECTIONS = [
  {
    name: 'connections',
    subject: ['listener'],
    now: { open: 'lookupd_connections' },
    counted: {
      metric: 'lookupd_connection_events_total',
      label: 'event',
      results: ['opened', 'refused', 'timed-out'],
    },
  },
  {
    name: 'lookups',
    subject: ['listener', 'map'],
    counted: {
      metric: 'lookupd_lookups_total',
      label: 'result',
      results: ['found', 'not-found', 'temporary', 'permanent'],
    },
    duration: 'lookupd_lookup_duration_seconds',
  },
  {
    name: 'policies',
    subject: ['listener', 'policy'],
    counted: {
      metric: 'lookupd_policy_decisions_total',
      label: 'verdict',
      results: ['pass', 'permit', 'defer', 'reject'],
    },
    duration: 'lookupd_policy_duration_seconds',
  },
  {
    name: 'dicts',
    subject: ['listener', 'dict', 'operation'],
    counted: {
      metric: 'lookupd_dict_operations_total',
      label: 'result',
      results: ['ok', 'not-found', 'failed', 'uncertain'],
    },
    duration: 'lookupd_dict_duration_seconds',
  },
  {
    name: 'offered',
    subject: ['listener', 'store'],
    counted: { metric: 'lookupd_store_requests_total', label: 'result', results: ['ok', 'failed'] },
    duration: 'lookupd_store_request_duration_seconds',
  },
  {
    name: 'nodes',
    subject: ['store', 'node'],
    now: { connected: 'lookupd_store_node_connected', breaker: 'lookupd_store_breaker_open' },
  },
  {
    name: 'operations',
    subject: ['store', 'operation'],
    counted: { metric: 'lookupd_store_operations_total', label: 'result', results: ['ok'] },
    further: { retries: 'lookupd_store_retries_total' },
    duration: 'lookupd_store_operation_duration_seconds',
  },
  {
    name: 'caches',
    subject: ['map'],
    now: { entries: 'lookupd_cache_entries' },
    counted: {
      metric: 'lookupd_cache_requests_total',
      label: 'result',
      results: ['hit', 'miss', 'coalesced', 'stale'],
    },
  },
  {
    name: 'near-caches',
    subject: ['store'],
    now: { entries: 'lookupd_near_cache_entries' },
    counted: { metric: 'lookupd_near_cache_requests_total', label: 'result', results: ['hit', 'miss'] },
  },
  {
    name: 'lists',
    subject: ['list'],
    now: { entries: 'lookupd_list_entries', age: 'lookupd_list_age_seconds' },
    counted: { metric: 'lookupd_list_loads_total', label: 'result', results: ['loaded', 'unchanged', 'failed'] },
  },
] as const satisfies readonly Section[];

export type SectionName = (typeof SECTIONS)[number]['name'];

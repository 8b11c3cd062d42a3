import type { Random } from '../../../src/core/random.js';
import type { LookupStore } from '../../../src/stores/store.js';
import type { ChaosLoad } from './load.js';

/** A way to reach servers, and the servers behind it, of which each can be made to fail. */
export interface ChaosTopology {
  /** What stores are opened with, beside where the servers are. */
  store: StoreSettings;
  /** A store over the link, logged in with what holds now. */
  open(): Promise<LookupStore>;
  /** What can go wrong here; each runs from the fault to its end. */
  readonly troubles: readonly Trouble[];
  /**
   * Promotions without the primary's consent, begun and ended ones counted each: what was acknowledged just before one
   * may be lost, since replication is asynchronous.
   */
  readonly promotions: number;
  /** Of a counter what promotions have lost, where that is known exactly. */
  lostOf?(counter: string): number;
  /** Clients' connections to all servers, where that can be seen. */
  connections?(): number;
  /** Resolves when everything is whole and served again. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

export interface Trouble {
  readonly kind: string;
  run(chaos: ChaosContext): Promise<void>;
}

export interface ChaosContext {
  readonly random: Random;
  readonly load: ChaosLoad;
}

export interface TopologyKind {
  readonly name: string;
  available(): boolean;
  start(): Promise<ChaosTopology>;
}

export interface StoreSettings {
  readonly nearCache?: { readonly maxEntries: number };
}

/** What every store under chaos is opened with. */
export const STORE_OPTIONS = {
  timeout: '500ms',
  connectTimeout: '500ms',
  deadline: '3s',
  retry: { total: 6, minWait: '10ms', maxWait: '200ms' },
  breaker: { failures: 20, openFor: '50ms' },
} as const;

export const DEADLINE = 3_000;

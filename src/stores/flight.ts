import type { Bytes } from '../core/bytes.js';
import type { Safety } from './failures.js';
import type { StoreObserver } from './observer.js';

/** What the guard must know of a call; what is sent is the caller's. */
export interface GuardedCall {
  readonly operation: string;
  readonly safety: Safety;
  /** What the node is found by; undefined on links with one node. */
  readonly key?: Bytes | undefined;
  /** A call to this very node. */
  readonly node?: string | undefined;
  /** A plain lookup, which a replica may answer. */
  readonly readOnly?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** How many of the caller's calls it stands for, 1 by default; 0 when the caller tells the observer itself. */
  readonly count?: number;
}

/** A call on its way: what its attempts have in common. */
export class Flight {
  readonly started: number;
  attempts = 0;
  maybeExecuted = false;
  node: string | undefined;
  /** The breakers' epoch when the last attempt began. */
  since = 0;
  lastError: unknown;
  /** The failure it ends with although retries are left. */
  givenUp: unknown;

  constructor(
    readonly call: GuardedCall,
    readonly deadline: number,
    started = performance.now(),
  ) {
    this.started = started;
  }
}

/** Reports runs of the same operation as one. */
export class Tally {
  #operation = '';
  #count = 0;

  constructor(
    readonly observer: StoreObserver,
    readonly ms: number,
  ) {}

  add(operation: string, calls: number): void {
    if (operation !== this.#operation) {
      this.report();
      this.#operation = operation;
      this.#count = 0;
    }
    this.#count += calls;
  }

  report(): void {
    if (this.#count > 0) this.observer.ended(this.#operation, 'ok', this.#count, this.ms);
  }
}

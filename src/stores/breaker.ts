import type { BreakerConfig } from '../config/model.js';
import type { Clock } from '../core/clock.js';

export type BreakerState = 'closed' | 'open' | 'half-open';

/** `openUntil`: when an open one lets a call through again, by the clock. */
export type BreakerChanged = (node: string, state: BreakerState, openUntil: number) => void;

interface Trouble {
  failures: number;
  state: BreakerState;
  /** Open: when the next probe may go. */
  openUntil: number;
  /** Whether a new connection brings the probe forward: not again before one came in its own time. */
  early: 'possible' | 'granted' | 'used';
  /** The epoch its last failure began. */
  epoch: number;
}

const UNTROUBLED: Trouble = { failures: 0, state: 'closed', openUntil: 0, early: 'possible', epoch: 0 };

/**
 * A breaker per node. After `failures` failures in a row a node is left alone for `open-for`; then one call
 * probes it, and its end closes the breaker or opens it again. A connection that comes to stand brings the probe
 * forward, though not twice in a row: a node that lets us in and then stays silent must not cost call after call.
 * Only nodes in trouble are remembered, so a healthy store pays one comparison per call (`quiet`).
 *
 * Failures are connections that break and answers that do not come; an error reply is an answer.
 */
export class Breakers {
  readonly #config: BreakerConfig;
  readonly #clock: Clock;
  readonly #changed: BreakerChanged;
  readonly #troubled = new Map<string, Trouble>();
  #epoch = 0;

  constructor(config: BreakerConfig, clock: Clock, changed: BreakerChanged) {
    this.#config = config;
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Whether no node is in trouble: nothing needs to be asked or reported then. */
  get quiet(): boolean {
    return this.#troubled.size === 0;
  }

  /** Rises with every failure that counts. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Whether a call may go to the node now. When it is the probe, its end must be reported. */
  admit(node: string): boolean {
    const trouble = this.#troubled.get(node);
    if (trouble === undefined || trouble.state === 'closed') return true;
    if (trouble.state === 'half-open' || this.#clock.now() < trouble.openUntil) return false;
    trouble.early = trouble.early === 'granted' ? 'used' : 'possible';
    this.#enter(node, trouble, 'half-open');
    return true;
  }

  succeeded(node: string): void {
    const trouble = this.#troubled.get(node);
    if (trouble === undefined) return;
    this.#troubled.delete(node);
    if (trouble.state !== 'closed') this.#changed(node, 'closed', 0);
  }

  /** With `since`, the epoch its attempt began in, it counts only when no failure was counted after that. */
  failed(node: string, since?: number): void {
    if (this.#config.failures === 0) return;
    const trouble = this.#troubled.get(node) ?? { ...UNTROUBLED };
    if (since !== undefined && trouble.epoch > since) return;
    this.#troubled.set(node, trouble);
    trouble.epoch = ++this.#epoch;
    trouble.failures += 1;
    // While it is open, the ends of calls sent before say nothing new.
    if (trouble.state === 'open') return;
    if (trouble.state === 'half-open' || trouble.failures >= this.#config.failures) {
      trouble.openUntil = this.#clock.now() + this.#config.openFor;
      this.#enter(node, trouble, 'open');
    }
  }

  /** A connection to the node stands anew: the next call may probe it at once. */
  connected(node: string): void {
    const trouble = this.#troubled.get(node);
    if (trouble?.state !== 'open' || trouble.early !== 'possible') return;
    trouble.early = 'granted';
    trouble.openUntil = this.#clock.now();
  }

  /** The call told nothing about the node (its caller gave up): a probe's place is free again. */
  undecided(node: string): void {
    const trouble = this.#troubled.get(node);
    if (trouble?.state === 'half-open') this.#enter(node, trouble, 'open');
  }

  #enter(node: string, trouble: Trouble, state: BreakerState): void {
    trouble.state = state;
    this.#changed(node, state, trouble.openUntil);
  }
}

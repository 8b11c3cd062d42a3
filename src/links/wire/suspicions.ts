import type { Clock } from '../../core/clock.js';

/** Names of nodes that the guard leaves alone, each as long as it said: later it would try them again. */
export class Suspicions {
  readonly #until = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  has(node: string): boolean {
    const until = this.#until.get(node);
    if (until === undefined) return false;
    if (this.clock.now() < until) return true;
    this.#until.delete(node);
    return false;
  }

  /** Until that time of the clock; undefined: it is not left alone any more. */
  set(node: string, until: number | undefined): void {
    if (until === undefined) this.#until.delete(node);
    else this.#until.set(node, until);
  }
}

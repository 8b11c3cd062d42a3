/**
 * The end of a turn of the event loop, when everything that arrived together has been looked at: answers go out then, one
 * write for each connection. A peer that is woken while others are still being answered competes with them.
 */
export class TurnEnd {
  #held: Held[] = [];

  /** Releases it once, after everything else of this turn. */
  hold(held: Held): void {
    if (this.#held.push(held) === 1) setImmediate(this.#run);
  }

  readonly #run = (): void => {
    const held = this.#held;
    this.#held = [];
    for (const one of held) one.release();
  };
}

/** Never throws. */
export interface Held {
  release(): void;
}

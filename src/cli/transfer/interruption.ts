const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Whether somebody wants the program to end: asked between two steps. A second signal ends it at once. */
export class Interruption {
  readonly #request = new AbortController();
  readonly #listener = () => {
    this[Symbol.dispose]();
    this.#request.abort();
  };

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#listener);
  }

  get requested(): boolean {
    return this.#request.signal.aborted;
  }

  /** Aborted when it is: for who waits between two steps. */
  get signal(): AbortSignal {
    return this.#request.signal;
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#listener);
  }
}

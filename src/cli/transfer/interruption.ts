const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Whether somebody wants the program to end: asked between two steps. A second signal ends it at once. */
export class Interruption {
  requested = false;
  readonly #listener = () => {
    this.requested = true;
    this[Symbol.dispose]();
  };

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#listener);
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#listener);
  }
}

/** Counts what is under way, for whoever has to wait until nothing is. */
export class UnderWay {
  #count = 0;
  #whenSettled: (() => void)[] = [];

  enter(): void {
    this.#count++;
  }

  leave(): void {
    if (--this.#count === 0 && this.#whenSettled.length > 0) for (const wake of this.#whenSettled.splice(0)) wake();
  }

  async run<T>(call: () => Promise<T>): Promise<T> {
    this.enter();
    try {
      return await call();
    } finally {
      this.leave();
    }
  }

  /** Resolves at a moment when nothing is under way: what it asks may be closed then, once nobody new asks. */
  settled(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenSettled.push(resolve));
  }
}

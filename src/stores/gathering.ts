/**
 * When the calls of one turn are sent. With nothing on its way a batch leaves as soon as the running code
 * has made its calls: a lone call loses no time, and the continuations that an answer woke still gather.
 * With something on its way it waits for the end of the event loop's turn, so that requests read from
 * many sockets leave together.
 */
export class Gathering {
  #underWay = 0;

  /** Runs `send` once, soon; its promise's end is the end of what it sent. It never rejects. */
  soon(send: () => Promise<void>): void {
    const start = () => {
      this.#underWay++;
      void send().then(this.#ended);
    };
    if (this.#underWay > 0) setImmediate(start);
    // A tick after a microtask runs when no microtask is left.
    else queueMicrotask(() => process.nextTick(start));
  }

  readonly #ended = (): void => {
    this.#underWay--;
  };
}

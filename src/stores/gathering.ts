/**
 * When the calls of one turn are sent. With nothing on its way a batch leaves as soon as the running code
 * has made its calls: a lone call loses no time, and the continuations that an answer woke still gather.
 * With something on its way it waits for the end of the event loop's turn, so that requests read from
 * many sockets leave together.
 */
export class Gathering {
  /** Batches on their way, of all departures. */
  underWay = 0;
}

const now = Promise.resolve();

/** One kind of call that leaves together; `send` takes what waits, and ends when that has ended. It never rejects. */
export class Departure {
  readonly #gathering: Gathering;
  readonly #send: () => Promise<void>;

  constructor(gathering: Gathering, send: () => Promise<void>) {
    this.#gathering = gathering;
    this.#send = send;
  }

  /** Sends once, soon: to be called with the first call that waits. */
  soon(): void {
    if (this.#gathering.underWay > 0) setImmediate(this.#leave);
    // A tick that a microtask asks for runs when no microtask is left.
    else void now.then(this.#tick);
  }

  readonly #tick = (): void => process.nextTick(this.#leave);

  readonly #leave = (): void => {
    this.#gathering.underWay++;
    void this.#send().then(this.#arrived);
  };

  readonly #arrived = (): void => {
    this.#gathering.underWay--;
  };
}

/**
 * When the calls of one turn are sent. With nothing on its way a batch leaves as soon as the running code
 * has made its calls: a lone call loses no time, and the continuations that an answer woke still gather.
 * With something on its way it waits for the end of the event loop's turn, so that requests read from
 * many sockets leave together; a full batch does not, so that the server works on it meanwhile.
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
  #scheduled = false;

  constructor(gathering: Gathering, send: () => Promise<void>) {
    this.#gathering = gathering;
    this.#send = send;
  }

  /** Whether something is on its way already. */
  get busy(): boolean {
    return this.#gathering.underWay > 0;
  }

  /** Sends what waits, soon. */
  soon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (this.#gathering.underWay > 0) setImmediate(this.#leave);
    // A tick that a microtask asks for runs when no microtask is left.
    else void now.then(this.#tick);
  }

  readonly #tick = (): void => process.nextTick(this.#leave);

  /** Sends what waits at once: there is as much as leaves together. */
  now(): void {
    this.#gathering.underWay++;
    void this.#send().then(this.#arrived);
  }

  readonly #leave = (): void => {
    this.#scheduled = false;
    this.now();
  };

  readonly #arrived = (): void => {
    this.#gathering.underWay--;
  };
}

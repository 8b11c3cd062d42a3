/** What one connection has said of itself. */
export class RespClient {
  protocol: 2 | 3 = 2;
  name = '';
  hasQuit = false;
  /** Whether the listener has a password and this client has not given it. */
  mustLogIn = false;
  /** Commands between MULTI and EXEC. */
  queue: (readonly Buffer[])[] | undefined;
  /** Something that was queued could not be: EXEC refuses. */
  spoilt = false;
  readonly id = ++lastId;
  #known = false;
  #writes: Promise<unknown> = Promise.resolve();
  #reads: Promise<unknown>[] = [];

  /** Asks for the listener's password from the first command on. */
  meet(hasPassword: boolean): void {
    if (!this.#known) this.mustLogIn = hasPassword;
    this.#known = true;
  }

  /**
   * A client sees its commands run one after the other. Reads between two writes run together; a write waits for all
   * that came before it, and what comes after waits for the write.
   */
  inOrder<T>(isWrite: boolean, run: () => Promise<T>): Promise<T> {
    const before = isWrite ? Promise.all([this.#writes, ...this.#reads]) : this.#writes;
    const done = before.then(run);
    const settled = done.catch(() => undefined);
    if (isWrite) {
      this.#writes = settled;
      this.#reads = [];
    } else this.#reads.push(settled);
    return done;
  }

  reset(hasPassword: boolean): void {
    this.protocol = 2;
    this.name = '';
    this.mustLogIn = hasPassword;
    this.queue = undefined;
    this.spoilt = false;
  }
}

let lastId = 0;

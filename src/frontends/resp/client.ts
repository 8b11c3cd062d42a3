/** What one connection has said of itself. */
export class RespClient {
  protocol: 2 | 3 = 2;
  name = '';
  hasQuit = false;
  /** Whether the listener has a password and this client has not given it. */
  mustLogIn: boolean;
  /** Commands between MULTI and EXEC. */
  queue: (readonly Buffer[])[] | undefined;
  /** Something that was queued could not be: EXEC refuses. */
  spoilt = false;
  readonly id = ++lastId;
  /** The last write's end, and that of everything so far. */
  #write: Promise<unknown> = Promise.resolve();
  #all: Promise<unknown> = Promise.resolve();

  constructor(hasPassword: boolean) {
    this.mustLogIn = hasPassword;
  }

  /**
   * A client sees its commands run one after the other. Reads between two writes run together; a write waits for all
   * that came before it, and what comes after waits for the write.
   */
  inOrder<T>(isWrite: boolean, run: () => Promise<T>): Promise<T> {
    const done = (isWrite ? this.#all : this.#write).then(run);
    // Without what it answered: a reply may be large, and this is held until the next command.
    const settled = done.then(nothing, nothing);
    if (isWrite) this.#write = this.#all = settled;
    else this.#all = Promise.all([this.#all, settled]).then(nothing);
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

const nothing = () => undefined;

let lastId = 0;

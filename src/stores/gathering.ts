/**
 * When the calls of one turn are sent. With nothing on its way they leave as soon as the running code has made its
 * calls: a lone call hardly loses time, and the continuations that an answer woke still gather. With something on its way
 * they wait for the end of the event loop's turn, so that requests read from many sockets leave together; a full batch
 * does not, so that the server works on it meanwhile.
 *
 * Then it looks whether a further turn brings more, which it does under the load of many sockets: what is written to them
 * at the end of one turn makes their next requests come in the two after it. Half as many batches cost a daemon with 50
 * clients a sixth less. Where looking has brought nothing for a while, or a turn takes long, it is rarely done. It is not
 * done where the server has much to do for each call: it had better begin.
 *
 * What has joined leaves in the order in which the departures did.
 */
export class Gathering {
  /** Batches on their way, of all departures. */
  underWay = 0;
  #departing: Departure[] = [];
  /** Whether all of them are of a kind that may wait for company. */
  #mayWait = true;
  /** Calls that have joined since the last leave, and at the first and latest look at them. */
  #calls = 0;
  #atFirst = 0;
  #atLast = 0;
  #looks = 0;
  #since = 0;
  readonly #prospect = new Prospect();

  join(departure: Departure, isNew: boolean): void {
    this.#calls++;
    if (!isNew) return;
    this.#mayWait &&= departure.mayWait;
    if (this.#departing.push(departure) > 1) return;
    if (this.underWay > 0) atTurnsEnd(this.#look);
    // A tick that a microtask asks for runs when no microtask is left.
    else void now.then(this.#tick);
  }

  readonly #tick = (): void => process.nextTick(this.#look);

  readonly #look = (): void => {
    if (this.#mayBringMore()) atTurnsEnd(this.#look);
    else this.#leave();
  };

  #mayBringMore(): boolean {
    const calls = this.#calls;
    if (!this.#mayWait) return false;
    if (calls >= ENOUGH || this.#looks === MOST_LOOKS || calls === this.#atLast) return false;
    if (this.#looks > 0) {
      if (this.#isLate()) return false;
    } else {
      if (!this.#prospect.isGood()) return false;
      this.#atFirst = calls;
      this.#since = performance.now();
    }
    this.#looks++;
    this.#atLast = calls;
    return true;
  }

  #isLate(): boolean {
    return performance.now() - this.#since > LONGEST_MS;
  }

  #leave(): void {
    if (this.#looks > 0) this.#prospect.learn(this.#calls > this.#atFirst && !this.#isLate());
    this.#calls = this.#atLast = this.#looks = 0;
    const departing = this.#departing;
    this.#departing = [];
    this.#mayWait = true;
    for (const departure of departing) departure.leave();
  }
}

/** As many turns are waited for more. */
const MOST_LOOKS = 2;
/** What looking may cost a call, in milliseconds: some turns of a busy daemon. */
const LONGEST_MS = 1;
/** Calls that need no company. */
const ENOUGH = 128;

/** Whether waiting another turn is likely to bring more calls. */
class Prospect {
  #hope = 0;
  #without = 0;

  isGood(): boolean {
    return this.#hope > 0 || ++this.#without % TRIED_AGAIN === 0;
  }

  learn(gained: boolean): void {
    if (gained) this.#hope = MOST_HOPE;
    else if (this.#hope > 0) this.#hope--;
  }
}

/** Turns waited for nothing, one after the other, until hope is gone. */
const MOST_HOPE = 16;
/** Without hope it is tried once in so many departures. */
const TRIED_AGAIN = 32;

const now = Promise.resolve();

/** The runtime's own, also where a test of who uses the library puts timers of its own in its place. */
const atTurnsEnd = setImmediate;

/** One kind of call that leaves together; `send` takes what waits, and ends when that has ended. It never rejects. */
export class Departure {
  readonly #gathering: Gathering;
  readonly #send: () => Promise<void>;
  #joined = false;

  /** With `mayWait` the calls cost the server so little that they may wait for company over some turns. */
  constructor(
    gathering: Gathering,
    send: () => Promise<void>,
    readonly mayWait = false,
  ) {
    this.#gathering = gathering;
    this.#send = send;
  }

  /** Whether something is on its way already. */
  get busy(): boolean {
    return this.#gathering.underWay > 0;
  }

  /** One more call waits: it leaves with the others, soon. */
  soon(): void {
    const isNew = !this.#joined;
    this.#joined = true;
    this.#gathering.join(this, isNew);
  }

  /** Sends what waits at once: there is as much as leaves together. */
  now(): void {
    this.#gathering.underWay++;
    void this.#send().then(this.#arrived);
  }

  /** It is time. */
  leave(): void {
    this.#joined = false;
    this.now();
  }

  readonly #arrived = (): void => {
    this.#gathering.underWay--;
  };
}

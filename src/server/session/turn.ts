/**
 * The end of a turn of the event loop, when everything that arrived together has been processed: effects go to the
 * append-only file and to replicas at once, and then replies to all, so that a client is not woken for each of them.
 * Under `appendfsync always`, and while a file is saved, replies go once a sync or a write, which takes its time beside the
 * event loop, has reached the effects they tell of; what is said meanwhile waits for the next one, however much it is.
 */
export class Turn {
  private held = new Set<Held>();
  private isScheduled = false;
  /** Turns whose effects are not where they have to be, the earliest first: two at most, since all there is is taken at once. */
  private readonly waiting: Waiting[] = [];

  constructor(
    private readonly effects: AppendedEffects,
    private readonly replicas: { flush(): void },
  ) {}

  /** Releases what the connection has to send, after everything else. */
  hold(connection: Held): void {
    this.held.add(connection);
    this.schedule();
  }

  /** Resolves when all that has happened is where `hold` waits for it to be. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.hold({ place: 0, release: () => resolve() }));
  }

  /**
   * A script keeps the event loop from turning: others get now what they wait for. `except` is in the midst of a
   * command, and what it has written so far may be taken back.
   */
  releaseOthers(except: unknown): void {
    this.effects.settle();
    this.replicas.flush();
    const all = new Set([...this.waiting.splice(0).flatMap(({ held }) => [...held.keys()]), ...this.held]);
    this.held.clear();
    for (const connection of all) {
      if (connection === except) this.held.add(connection);
      else connection.release();
    }
  }

  schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => this.run());
  }

  /** More is where it has to be: some may hear what they wait for. */
  kept(): void {
    const { effects, waiting } = this;
    if (waiting.length === 0) return;
    const due = new Map<Held, number>();
    while (waiting.length > 0 && (!effects.isAwaited || waiting[0]!.upTo <= effects.kept)) {
      for (const [one, place] of waiting.shift()!.held) due.set(one, place);
    }
    for (const [one, place] of due) one.release(place);
  }

  private run(): void {
    this.isScheduled = false;
    const { effects, held } = this;
    effects.flush();
    this.replicas.flush();
    this.kept();
    if (held.size === 0) return;
    if (!effects.isAwaited) {
      this.held = new Set();
      for (const connection of held) connection.release();
      return;
    }
    this.held = new Set();
    this.wait(held, effects.written);
  }

  /** Until what has been written up to a place is kept. */
  private wait(held: ReadonlySet<Held>, upTo: number): void {
    const last = this.waiting.at(-1);
    // What is under way does not reach as far as either of them.
    const isTogether = last !== undefined && (last.upTo === upTo || last.upTo > this.effects.keeping);
    const group = isTogether ? last : { held: new Map<Held, number>(), upTo };
    for (const one of held) group.held.set(one, one.place);
    group.upTo = upTo;
    if (!isTogether) this.waiting.push(group);
  }
}

interface Waiting {
  /** Who waits, and how much of what each has to hear. */
  readonly held: Map<Held, number>;
  upTo: number;
}

export interface Held {
  /** Where what it has to hear ends. */
  readonly place: number;
  /** It may hear what lies before a place; without one, all. */
  release(upTo?: number): void;
}

/** What has happened, on its way to the append-only file. Places are bytes since the server's start. */
interface AppendedEffects {
  /** Replies have to wait for a write or a sync that is under way. */
  readonly isAwaited: boolean;
  readonly written: number;
  /** Where what is under way will have reached; where the last one did. */
  readonly keeping: number;
  readonly kept: number;
  flush(): void;
  /** All of it to where replies wait for it to be, at once. */
  settle(): void;
}

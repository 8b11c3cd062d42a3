/**
 * The end of a turn of the event loop, when everything that arrived together has been processed: effects go to the
 * append-only file and to replicas at once, and then replies to all, so that a client is not woken for each of them.
 */
export class Turn {
  private readonly held = new Set<Held>();
  private isScheduled = false;

  constructor(private readonly end: () => void) {}

  /** Releases what the connection has to send, after everything else. */
  hold(connection: Held): void {
    this.held.add(connection);
    this.schedule();
  }

  /**
   * A script keeps the event loop from turning: others get now what they wait for. `except` is in the midst of a
   * command, and what it has written so far may be taken back.
   */
  releaseOthers(except: unknown): void {
    this.end();
    for (const connection of [...this.held]) {
      if (connection === except) continue;
      this.held.delete(connection);
      connection.release();
    }
  }

  schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => this.run());
  }

  private run(): void {
    this.isScheduled = false;
    this.end();
    const held = [...this.held];
    this.held.clear();
    for (const connection of held) connection.release();
  }
}

interface Held {
  release(): void;
}

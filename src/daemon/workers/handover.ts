import type { Socket } from 'node:net';
import type { WorkerProcess } from './worker-process.js';

interface Waiting {
  readonly listener: string;
  readonly socket: Socket;
}

/** A worker with the connections it has, by listener. */
interface Taking {
  readonly worker: WorkerProcess;
  readonly open: Map<string, number>;
  total: number;
  /** A connection is on its way to it. */
  busy: boolean;
  /** Listeners that go and that it does not serve: it came when the configuration had them no more. */
  lacks: ReadonlySet<string>;
}

/**
 * Gives connections to workers: each to the one that has the fewest of its listener. Nobody has read from a connection
 * that waits here. One that was on its way to a worker that ended goes to another: a worker says that it has
 * it before it reads.
 *
 * While no worker is ready connections wait, at most as many as their listener may have.
 */
export class Handover {
  readonly #taking = new Map<WorkerProcess, Taking>();
  #waiting: Waiting[] = [];
  /** How many wait, by listener. */
  readonly #counts = new Map<string, number>();
  #limits: ReadonlyMap<string, number> = new Map();
  /** Listeners that the configuration has no more, and to which connections may still come. */
  #going: readonly string[] = [];
  #waits: { readonly isOver: () => boolean; readonly wake: () => void }[] = [];

  /**
   * How many connections each listener may have. Those that go have a limit too: their last connections are given to workers that
   * were there before.
   */
  setLimits(limits: ReadonlyMap<string, number>, going: readonly string[] = []): void {
    this.#limits = limits;
    this.#going = going;
    for (const taking of this.#taking.values()) {
      taking.lacks = new Set([...taking.lacks].filter((listener) => going.includes(listener)));
    }
  }

  add(listener: string, socket: Socket): void {
    const waiting = this.#counts.get(listener) ?? 0;
    if (waiting >= (this.#limits.get(listener) ?? 0)) {
      socket.destroy();
      return;
    }
    socket.on('error', () => socket.destroy());
    this.#counts.set(listener, waiting + 1);
    this.#waiting.push({ listener, socket });
    this.#next();
  }

  /** This worker takes connections from now on, until it ends. */
  join(worker: WorkerProcess): void {
    this.#taking.set(worker, { worker, open: new Map(), total: 0, busy: false, lacks: new Set(this.#going) });
    this.#next();
  }

  leave(worker: WorkerProcess): void {
    this.#taking.delete(worker);
  }

  /** Connections of a worker have ended. */
  closed(worker: WorkerProcess, counts: Readonly<Record<string, number>>): void {
    const taking = this.#taking.get(worker);
    if (taking === undefined) return;
    for (const [listener, count] of Object.entries(counts)) add(taking, listener, -count);
  }

  /** Resolves when no connection waits. */
  empty(): Promise<void> {
    return this.#until(() => this.#isEmpty());
  }

  /** Resolves when no connection of these listeners waits. */
  passed(listeners: readonly string[]): Promise<void> {
    return this.#until(() => listeners.every((id) => (this.#counts.get(id) ?? 0) === 0));
  }

  /** Closes what waits: nobody will take it. */
  close(): void {
    for (const { socket } of this.#waiting.splice(0)) socket.destroy();
    this.#counts.clear();
    this.#wake();
  }

  async #until(isOver: () => boolean): Promise<void> {
    if (!isOver()) await new Promise<void>((wake) => this.#waits.push({ isOver, wake }));
  }

  #wake(): void {
    const over = this.#waits.filter(({ isOver }) => isOver());
    if (over.length === 0) return;
    this.#waits = this.#waits.filter((wait) => !over.includes(wait));
    for (const { wake } of over) wake();
  }

  #next(): void {
    let i = 0;
    while (i < this.#waiting.length) {
      const waiting = this.#waiting[i] as Waiting;
      const taking = this.#leastBusy(waiting.listener);
      if (taking !== undefined || this.#isLost(waiting.listener)) {
        this.#waiting.splice(i, 1);
        if (taking !== undefined) void this.#give(waiting, taking);
        else this.#drop(waiting);
      }
      // Those behind it may be of a listener that whoever is free serves.
      else if (this.#isAnyFree()) i++;
      else break;
    }
    this.#wake();
  }

  /** Nobody serves it any more: all workers that did have ended. */
  #isLost(listener: string): boolean {
    return this.#going.includes(listener) && [...this.#taking.values()].every(({ lacks }) => lacks.has(listener));
  }

  #isAnyFree(): boolean {
    for (const { busy } of this.#taking.values()) if (!busy) return true;
    return false;
  }

  #drop({ listener, socket }: Waiting): void {
    this.#counts.set(listener, (this.#counts.get(listener) ?? 1) - 1);
    socket.destroy();
  }

  #isEmpty(): boolean {
    return this.#waiting.length === 0 && ![...this.#taking.values()].some(({ busy }) => busy);
  }

  async #give(waiting: Waiting, taking: Taking): Promise<void> {
    const { listener, socket } = waiting;
    const elsewhere = this.#open(listener) - (taking.open.get(listener) ?? 0);
    taking.busy = true;
    add(taking, listener, 1);
    try {
      await taking.worker.calls.call('accept', { listener, elsewhere }, socket);
      // The worker has it; this closes our hold on it and not the connection.
      socket.destroy();
      this.#counts.set(listener, (this.#counts.get(listener) ?? 1) - 1);
    } catch {
      this.leave(taking.worker);
      this.#waiting.unshift(waiting);
    }
    taking.busy = false;
    this.#next();
  }

  #leastBusy(listener: string): Taking | undefined {
    let best: Taking | undefined;
    for (const taking of this.#taking.values()) {
      if (!taking.busy && !taking.lacks.has(listener) && (best === undefined || compare(taking, best, listener) < 0))
        best = taking;
    }
    return best;
  }

  #open(listener: string): number {
    let open = 0;
    for (const taking of this.#taking.values()) open += taking.open.get(listener) ?? 0;
    return open;
  }
}

function add(taking: Taking, listener: string, count: number): void {
  taking.open.set(listener, (taking.open.get(listener) ?? 0) + count);
  taking.total += count;
}

function compare(a: Taking, b: Taking, listener: string): number {
  return (a.open.get(listener) ?? 0) - (b.open.get(listener) ?? 0) || a.total - b.total;
}

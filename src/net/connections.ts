import type { Socket } from 'node:net';
import type { Cancel, Clock } from '../core/clock.js';

/** A connection as its listener counts and ends it. */
export interface Connection {
  /** Nothing is being answered; it may be closed for idleness. */
  readonly idle: boolean;
  /** Clock time of the last byte either way. */
  readonly lastActivity: number;
  /** Takes no more requests, answers what it has, then closes. */
  drain(): void;
  destroy(): void;
}

/** What is counted about connections; no method may throw. */
export interface ConnectionEvents {
  opened(): void;
  closed(): void;
  refused(): void;
  timedOut(): void;
}

export interface ConnectionSetLimits {
  readonly maxConnections: number;
  /** Milliseconds without a byte; 0: never closed. */
  readonly idleTimeout: number;
}

/** Idle connections are looked for this many times per idle timeout. */
const SWEEPS_PER_TIMEOUT = 4;

/**
 * The connections of one listener: how many there may be, which have idled too long (one timer for all
 * of them, none while there are none), and their graceful end.
 */
export class ConnectionSet {
  readonly #connections = new Set<Connection>();
  readonly #clock: Clock;
  readonly #events: ConnectionEvents;
  #limits: ConnectionSetLimits;
  #stopSweeping: Cancel | undefined;
  #whenEmpty: (() => void)[] = [];

  constructor(clock: Clock, limits: ConnectionSetLimits, events: ConnectionEvents) {
    this.#clock = clock;
    this.#limits = limits;
    this.#events = events;
  }

  get size(): number {
    return this.#connections.size;
  }

  /** Whether one more may come in, beside those that other processes have; a refusal is counted. */
  admits(elsewhere = 0): boolean {
    if (this.#connections.size + elsewhere < this.#limits.maxConnections) return true;
    this.#events.refused();
    return false;
  }

  add(connection: Connection): void {
    this.#connections.add(connection);
    this.#events.opened();
    this.#sweepLater();
  }

  /** The same connection by another name. */
  replace(connection: Connection, by: Connection): void {
    if (this.#connections.delete(connection)) this.#connections.add(by);
  }

  delete(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    this.#events.closed();
    if (this.#connections.size > 0) return;
    this.#stopSweeping?.();
    this.#stopSweeping = undefined;
    for (const wake of this.#whenEmpty.splice(0)) wake();
  }

  /** New limits hold for connections that exist too, except that none is closed for being too many. */
  setLimits(limits: ConnectionSetLimits): void {
    this.#limits = limits;
    this.#stopSweeping?.();
    this.#stopSweeping = undefined;
    if (this.#connections.size > 0) this.#sweepLater();
  }

  /** Lets every connection finish what it has begun; after `grace` milliseconds they are cut. */
  async drain(grace: number): Promise<void> {
    for (const connection of [...this.#connections]) connection.drain();
    if (this.#connections.size === 0) return;
    const cancel = this.#clock.schedule(grace, () => {
      for (const connection of [...this.#connections]) connection.destroy();
    });
    await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
    cancel();
  }

  #sweepLater(): void {
    const { idleTimeout } = this.#limits;
    if (idleTimeout === 0 || this.#stopSweeping !== undefined) return;
    this.#stopSweeping = this.#clock.schedule(Math.ceil(idleTimeout / SWEEPS_PER_TIMEOUT), () => this.#sweep());
  }

  #sweep(): void {
    this.#stopSweeping = undefined;
    const longAgo = this.#clock.now() - this.#limits.idleTimeout;
    for (const connection of [...this.#connections]) {
      if (!connection.idle || connection.lastActivity > longAgo) continue;
      this.#events.timedOut();
      connection.destroy();
      this.delete(connection);
    }
    if (this.#connections.size > 0) this.#sweepLater();
  }
}

/** How long a peer that has got its last answer may take to close its side. */
const LINGER = 1_000;

/**
 * Sends the last words and closes without losing them: what the peer still sends is read and dropped, since
 * closing with unread bytes resets the connection and takes the answer with it. How long a peer may take to
 * read them is not bounded here but by its listener's idle timeout.
 */
export function sayGoodbye(socket: Socket, lastWords: Buffer | null, clock: Clock): void {
  socket.on('error', () => socket.destroy());
  socket.on('data', () => undefined);
  socket.once('end', () => socket.destroySoon());
  socket.once('finish', () => {
    const cancel = clock.schedule(LINGER, () => socket.destroy());
    socket.once('close', cancel);
  });
  if (lastWords === null) socket.end();
  else socket.end(lastWords);
  if (socket.readableEnded) socket.destroySoon();
  else socket.resume();
}

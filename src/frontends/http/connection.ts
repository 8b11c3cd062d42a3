import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../core/clock.js';
import type { Connection } from '../../net/connections.js';

/** Read anew at each use: a reload may replace it. */
export interface HttpLimits {
  readonly maxPipeline: number;
  readonly maxUnsent: number;
}

/**
 * One HTTP connection as its listener sees it. Past its limits a request waits for the answers before it, and nothing
 * more is read. It counts as idle whenever the peer is what is waited for:
 * between requests, while a request is not complete, and while an answer is not taken. So the idle timeout
 * bounds slow headers, slow bodies and slow readers alike.
 */
export class HttpConnection implements Connection {
  lastActivity: number;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #limits: () => HttpLimits;
  /** Requests that wait for their turn, in order. */
  readonly #waiting: (() => void)[] = [];
  /** Whose turn has come. */
  readonly #asked = new Set<ServerResponse>();
  readonly #exchanges = new Map<ServerResponse, IncomingMessage>();
  /** The only exchange there is, of a request that needs no turn: nothing is listened to until somebody else looks. */
  #alone: { readonly request: IncomingMessage; readonly response: ServerResponse } | undefined;
  #draining = false;
  #takeBackEnd = () => {};

  constructor(socket: Socket, clock: Clock, limits: () => HttpLimits, onClose: (connection: HttpConnection) => void) {
    this.#socket = socket;
    this.#clock = clock;
    this.#limits = limits;
    this.lastActivity = clock.now();
    socket.on('drain', () => {
      this.#touch();
      this.#admit();
    });
    socket.once('close', () => onClose(this));
  }

  get idle(): boolean {
    if (this.#alone !== undefined) return false;
    for (const response of this.#asked) {
      if (this.#exchanges.get(response)?.complete === true && !response.writableEnded) return false;
    }
    return true;
  }

  /** Whether a response has begun. */
  get answering(): boolean {
    return this.#socket.writableLength > 0 || [...this.#exchanges.keys()].some((response) => response.headersSent);
  }

  /** A request's headers have arrived. */
  begin(request: IncomingMessage, response: ServerResponse): void {
    this.#joinOthers();
    this.#add(request, response);
    if (this.#draining) this.#announceEnd();
  }

  /**
   * Instead of `begin` and `turn`, for a request without a body that one call of `end` answers, of which `answered`
   * tells. False while there is anything else on this connection.
   */
  beginAlone(request: IncomingMessage, response: ServerResponse): boolean {
    const busy = this.#alone !== undefined || this.#exchanges.size > 0 || this.#socket.writableLength > 0;
    if (busy || this.#draining) return false;
    this.#alone = { request, response };
    this.#touch();
    return true;
  }

  answered(): void {
    this.#alone = undefined;
    this.#touch();
  }

  /** The exchange that was alone becomes one as the others are. */
  #joinOthers(): void {
    if (this.#alone === undefined) return;
    const { request, response } = this.#alone;
    this.#alone = undefined;
    this.#add(request, response);
    this.#asked.add(response);
  }

  #add(request: IncomingMessage, response: ServerResponse): void {
    this.#exchanges.set(response, request);
    this.#touch();
    response.once('prefinish', () => this.#touch());
    response.once('close', () => this.#done(response));
  }

  /** Resolves when the request may be asked: requests of one connection go on in order. */
  turn(response: ServerResponse): Promise<void> {
    const granted = new Promise<void>((resolve) => {
      this.#waiting.push(() => {
        this.#asked.add(response);
        resolve();
      });
    });
    this.#admit();
    if (this.#waiting.length > 0) this.#socket.pause();
    return granted;
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#hasRoom()) this.#waiting.shift()?.();
  }

  #hasRoom(): boolean {
    if (this.#asked.size === 0) return true;
    const { maxPipeline, maxUnsent } = this.#limits();
    let unsent = 0;
    for (const response of this.#exchanges.keys()) unsent += response.writableLength;
    return this.#asked.size < maxPipeline && unsent <= maxUnsent;
  }

  drain(): void {
    this.#draining = true;
    this.#joinOthers();
    if (this.#exchanges.size === 0) this.#socket.destroySoon();
    else this.#announceEnd();
  }

  /** The last answer says that it is; Node would close behind any that does. */
  #announceEnd(): void {
    this.#takeBackEnd();
    const last = [...this.#exchanges.keys()].at(-1);
    if (last === undefined || last.headersSent || !last.shouldKeepAlive) return;
    last.shouldKeepAlive = false;
    this.#takeBackEnd = () => {
      if (!last.headersSent) last.shouldKeepAlive = true;
    };
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #done(response: ServerResponse): void {
    this.#exchanges.delete(response);
    this.#asked.delete(response);
    this.#touch();
    this.#admit();
    if (this.#waiting.length === 0) this.#socket.resume();
    if (this.#draining && this.#exchanges.size === 0) this.#socket.destroySoon();
  }

  #touch(): void {
    this.lastActivity = this.#clock.now();
  }
}

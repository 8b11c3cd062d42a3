import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../core/clock.js';
import type { Connection } from '../../net/connections.js';

/**
 * One HTTP connection as its listener sees it. It counts as idle whenever the peer is what is waited for:
 * between requests, while a request is not complete, and while an answer is not taken. So the idle timeout
 * bounds slow headers, slow bodies and slow readers alike.
 */
export class HttpConnection implements Connection {
  lastActivity: number;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #exchanges = new Map<ServerResponse, IncomingMessage>();
  #draining = false;

  constructor(socket: Socket, clock: Clock, onClose: (connection: HttpConnection) => void) {
    this.#socket = socket;
    this.#clock = clock;
    this.lastActivity = clock.now();
    socket.on('drain', () => this.#touch());
    socket.once('close', () => onClose(this));
  }

  get idle(): boolean {
    for (const [response, request] of this.#exchanges) {
      if (request.complete && !response.writableEnded) return false;
    }
    return true;
  }

  /** Whether a response has begun. */
  get answering(): boolean {
    return [...this.#exchanges.keys()].some((response) => response.headersSent);
  }

  /** A request's headers have arrived. */
  begin(request: IncomingMessage, response: ServerResponse): void {
    this.#exchanges.set(response, request);
    this.#touch();
    if (this.#draining) response.shouldKeepAlive = false;
    response.once('prefinish', () => this.#touch());
    response.once('close', () => this.#done(response));
  }

  drain(): void {
    this.#draining = true;
    // Those whose head is not written yet say that they are the last ones.
    for (const response of this.#exchanges.keys()) response.shouldKeepAlive = false;
    if (this.#exchanges.size === 0) this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #done(response: ServerResponse): void {
    this.#exchanges.delete(response);
    this.#touch();
    if (this.#draining && this.#exchanges.size === 0) this.#socket.destroySoon();
  }

  #touch(): void {
    this.lastActivity = this.#clock.now();
  }
}

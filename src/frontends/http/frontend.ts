import { type IncomingMessage, Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { ListenerLimits } from '../../config/model.js';
import type { Clock } from '../../core/clock.js';
import { ConnectionSet, sayGoodbye } from '../../net/connections.js';
import type { Frontend, FrontendContext, Service, Serving } from '../frontend.js';
import { createApp } from './app.js';
import { HttpConnection } from './connection.js';
import { answerUnreadable, lastResponse, problem } from './protocol.js';

/** HTTP: lookups, health and metrics, whichever the listener's `serve` names. */
export const http: Frontend = {
  start: (context, serving) => new HttpService(context, serving),
};

/**
 * Node's HTTP server without a socket of its own: connections are handed to it, so that a reload can change
 * what a bound socket serves. Its timeouts only run on a server that listens; HttpConnection has ours.
 */
class HttpService implements Service {
  readonly #context: FrontendContext;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #connections: ConnectionSet;
  readonly #bySocket = new WeakMap<Socket, HttpConnection>();
  #app: ReturnType<typeof createApp>;
  #limits: ListenerLimits;

  constructor(context: FrontendContext, serving: Serving) {
    this.#context = context;
    this.#clock = context.clock;
    this.#app = createApp(context, serving);
    this.#limits = serving.listener.limits;
    this.#connections = new ConnectionSet(context.clock, serving.listener.limits, serving.connections);
    this.#server = this.#createServer();
    this.#server.keepAliveTimeout = serving.listener.limits.idleTimeout;
  }

  accept(socket: Socket, elsewhere: number): void {
    if (!this.#connections.admits(elsewhere)) {
      sayGoodbye(socket, BUSY, this.#clock);
      return;
    }
    const closed = (connection: HttpConnection) => this.#connections.delete(connection);
    const connection = new HttpConnection(socket, this.#clock, () => this.#limits, closed);
    this.#bySocket.set(socket, connection);
    this.#connections.add(connection);
    this.#server.emit('connection', socket);
  }

  update(serving: Serving): void {
    this.#app = createApp(this.#context, serving);
    this.#limits = serving.listener.limits;
    this.#connections.setLimits(serving.listener.limits);
    this.#server.keepAliveTimeout = serving.listener.limits.idleTimeout;
  }

  drain(grace: number): Promise<void> {
    return this.#connections.drain(grace);
  }

  #createServer(): Server {
    const server = createAdaptorServer({
      fetch: async (request, env) => {
        const { incoming, outgoing } = env;
        await this.#bySocket.get(incoming.socket as Socket)?.turn(outgoing as ServerResponse);
        return this.#app.fetch(request, env);
      },
      overrideGlobalObjects: false,
      // For HTTP/1.0 clients, as some health checks are, which name no host.
      hostname: 'localhost',
    });
    if (!(server instanceof Server)) throw new TypeError('the adaptor made no HTTP/1 server');
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#bySocket.get(request.socket)?.begin(request, response);
    });
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => this.#refuse(error.code, socket));
    return server;
  }

  /** Bytes that are no request: told so, unless an answer to an earlier one is on its way. */
  #refuse(code: string | undefined, socket: Socket): void {
    const answering = this.#bySocket.get(socket)?.answering ?? true;
    if (answering || !socket.writable || code === 'ECONNRESET') socket.destroy();
    else sayGoodbye(socket, lastResponse(answerUnreadable(code)), this.#clock);
  }
}

const BUSY = lastResponse(problem(503, 'temporary', 'too many connections', { 'Retry-After': '1' }));

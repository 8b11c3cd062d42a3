import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { ListenerLimits } from '../../config/model.js';
import type { Clock } from '../../core/clock.js';
import { type Connection, ConnectionSet, sayGoodbye } from '../../net/connections.js';
import { RequestConnection, type RequestProtocol } from '../../net/request-connection.js';
import type { Frontend, FrontendContext, Service, Serving } from '../frontend.js';
import { createApp } from './app.js';
import { HttpConnection } from './connection.js';
import { answerPlainLookup, askTarget, isPlainLookup, nothingHere } from './lookup.js';
import { lastAnswer, plainAnswer } from './plain-answer.js';
import { type PlainRequest, PlainRequestDecoder } from './plain-request.js';
import { answerUnreadable, type HttpAnswer, lastResponse, problem } from './protocol.js';

/** HTTP: lookups, health and metrics, whichever the listener's `serve` names. */
export const http: Frontend = {
  start: (context, serving) => new HttpService(context, serving),
};

/**
 * Node's HTTP server without a socket of its own: connections are handed to it, so that a reload can change
 * what a bound socket serves. Its timeouts only run on a server that listens; HttpConnection has ours.
 *
 * Where lookups are served a connection begins as one that is asked nothing else, at a third of what Node's server
 * takes for it; with the first bytes that are no plain request it becomes Node's, and stays so.
 */
class HttpService implements Service, RequestProtocol<PlainRequest> {
  readonly #context: FrontendContext;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #connections: ConnectionSet;
  readonly #bySocket = new WeakMap<Socket, HttpConnection>();
  #serving: Serving;
  /** A client had better not use a connection that is about to be closed. */
  #keepAlive: string;
  #app: ReturnType<typeof createApp>;
  #limits: ListenerLimits;

  constructor(context: FrontendContext, serving: Serving) {
    this.#context = context;
    this.#clock = context.clock;
    this.#serving = serving;
    this.#keepAlive = keepAliveOf(serving);
    this.#app = createApp(context, serving);
    this.#limits = serving.listener.limits;
    this.#connections = new ConnectionSet(context.clock, serving.listener.limits, serving.connections);
    this.#server = this.#createServer();
  }

  accept(socket: Socket, elsewhere: number): void {
    if (!this.#connections.admits(elsewhere)) {
      sayGoodbye(socket, BUSY, this.#clock);
      return;
    }
    if (!this.#serving.listener.serve.includes('lookup')) {
      this.#connections.add(this.#giveToServer(socket));
      socket.resume();
      return;
    }
    const closed = (connection: Connection) => this.#connections.delete(connection);
    this.#connections.add(new RequestConnection(socket, this, this.#clock, closed));
  }

  get limits(): ListenerLimits {
    return this.#limits;
  }

  createDecoder(): PlainRequestDecoder {
    return new PlainRequestDecoder();
  }

  answer({ target, isHead }: PlainRequest, reply: (answer: Buffer) => void): void {
    const answered = (answer: HttpAnswer) => reply(plainAnswer(answer, isHead, this.#keepAlive));
    if (this.#serving.listener.serve.includes('lookup')) askTarget(this.#serving, target, answered);
    else answered(nothingHere());
  }

  refusal(): null {
    return null;
  }

  handOver(connection: Connection, socket: Socket, rest: Buffer): void {
    this.#connections.replace(connection, this.#giveToServer(socket));
    socket.emit('data', rest);
    socket.resume();
  }

  asLast(answer: Buffer): Buffer {
    return lastAnswer(answer);
  }

  #giveToServer(socket: Socket): HttpConnection {
    const closed = (connection: HttpConnection) => this.#connections.delete(connection);
    const connection = new HttpConnection(socket, this.#clock, () => this.#limits, closed);
    this.#bySocket.set(socket, connection);
    this.#server.emit('connection', socket);
    return connection;
  }

  update(serving: Serving): void {
    this.#serving = serving;
    this.#keepAlive = keepAliveOf(serving);
    this.#app = createApp(this.#context, serving);
    this.#limits = serving.listener.limits;
    this.#connections.setLimits(serving.listener.limits);
  }

  drain(grace: number): Promise<void> {
    return this.#connections.drain(grace);
  }

  #createServer(): Server {
    const route = this.#router();
    const server = createServer((request, response) => {
      const connection = this.#bySocket.get(request.socket);
      if (isPlainLookup(request, this.#serving) && connection?.beginAlone(request, response) === true) {
        void answerPlainLookup(this.#serving, request, response, this.#keepAlive).then(() => connection.answered());
        return;
      }
      if (response.shouldKeepAlive) response.setHeader('Keep-Alive', this.#keepAlive);
      connection?.begin(request, response);
      void route(request, response);
    });
    // Its timer for every request is not needed: connections are bounded by our own, which clients are told of.
    server.keepAliveTimeout = 0;
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => this.#refuse(error.code, socket));
    return server;
  }

  #router(): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
    const options = {
      overrideGlobalObjects: false,
      // For HTTP/1.0 clients, as some health checks are, which name no host.
      hostname: 'localhost',
    };
    return getRequestListener(async (request, env) => {
      const { incoming, outgoing } = env;
      await this.#bySocket.get(incoming.socket as Socket)?.turn(outgoing as ServerResponse);
      return this.#app.fetch(request, env);
    }, options);
  }

  /** Bytes that are no request: told so, unless an answer to an earlier one is on its way. */
  #refuse(code: string | undefined, socket: Socket): void {
    const answering = this.#bySocket.get(socket)?.answering ?? true;
    if (answering || !socket.writable || code === 'ECONNRESET') socket.destroy();
    else sayGoodbye(socket, lastResponse(answerUnreadable(code)), this.#clock);
  }
}

function keepAliveOf({ listener }: Serving): string {
  return `timeout=${Math.floor(listener.limits.idleTimeout / 1000)}`;
}

const BUSY = lastResponse(problem(503, 'temporary', 'too many connections', { 'Retry-After': '1' }));

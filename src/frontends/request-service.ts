import type { Socket } from 'node:net';
import type { Clock } from '../core/clock.js';
import { ConnectionSet, sayGoodbye } from '../net/connections.js';
import { EndOfRequests, type FrameDecoder, type FramingError } from '../net/framing.js';
import { RequestConnection, type RequestLimits, type RequestProtocol } from '../net/request-connection.js';
import type { FailureLog } from '../observe/failure-log.js';
import type { Frontend, FrontendContext, Service, Serving } from './frontend.js';

/** What tells one protocol with ordered requests and replies from another. */
export interface RequestFrontend<Request = Buffer> {
  /** For a connection that has just been accepted. */
  createDecoder(serving: Serving): FrameDecoder<Request>;
  /** Calls `reply` exactly once with the whole reply as it goes on the wire. Never throws. */
  answer(serving: Serving, request: Request, reply: (answer: Buffer) => void): void;
  /** Said before closing on bytes that are no request; null: nothing. */
  refusal(error: FramingError): Buffer | null;
  /** The temporary failure told to a connection too many. */
  readonly busy: Buffer;
}

export function requestFrontend<Request = Buffer>(protocol: RequestFrontend<Request>): Frontend {
  return { start: (context, serving) => new RequestService(protocol, context, serving) };
}

class RequestService<Request> implements Service, RequestProtocol<Request> {
  readonly #frontend: RequestFrontend<Request>;
  readonly #clock: Clock;
  readonly #failures: FailureLog;
  readonly #connections: ConnectionSet;
  #serving: Serving;

  constructor(frontend: RequestFrontend<Request>, context: FrontendContext, serving: Serving) {
    this.#frontend = frontend;
    this.#clock = context.clock;
    this.#failures = context.failures;
    this.#serving = serving;
    this.#connections = new ConnectionSet(context.clock, serving.listener.limits, serving.connections);
  }

  accept(socket: Socket, elsewhere: number): void {
    if (!this.#connections.admits(elsewhere)) {
      sayGoodbye(socket, this.#frontend.busy, this.#clock);
      return;
    }
    const closed = (connection: RequestConnection<Request>) => this.#connections.delete(connection);
    this.#connections.add(new RequestConnection(socket, this, this.#clock, closed));
  }

  update(serving: Serving): void {
    this.#serving = serving;
    this.#connections.setLimits(serving.listener.limits);
  }

  drain(grace: number): Promise<void> {
    return this.#connections.drain(grace);
  }

  get limits(): RequestLimits {
    return this.#serving.listener.limits;
  }

  createDecoder(): FrameDecoder<Request> {
    return this.#frontend.createDecoder(this.#serving);
  }

  answer(request: Request, reply: (answer: Buffer) => void): void {
    this.#frontend.answer(this.#serving, request, reply);
  }

  refusal(error: FramingError): Buffer | null {
    if (error instanceof EndOfRequests) return null;
    this.#failures.failed({ listener: this.#serving.listener.id }, 'not a request, connection closed', error.message);
    return this.#frontend.refusal(error);
  }
}

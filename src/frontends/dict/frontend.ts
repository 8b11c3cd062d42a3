import type { Socket } from 'node:net';
import type { Clock } from '../../core/clock.js';
import { ConnectionSet, sayGoodbye } from '../../net/connections.js';
import { RequestConnection, type RequestLimits } from '../../net/request-connection.js';
import type { FailureLog } from '../../observe/failure-log.js';
import type { Frontend, FrontendContext, Service, Serving } from '../frontend.js';
import type { ServedDict } from '../served-dict.js';
import { DictConversation, type DictHouse } from './conversation.js';

/** Dovecot's dict: the handshake names the dictionary. What breaks the protocol closes, and the log says why. */
export const dict: Frontend = {
  start: (context, serving) => new DictService(context, serving),
};

class DictService implements Service, DictHouse {
  readonly #clock: Clock;
  readonly #failures: FailureLog;
  readonly #connections: ConnectionSet;
  #serving: Serving;

  constructor(context: FrontendContext, serving: Serving) {
    this.#clock = context.clock;
    this.#failures = context.failures;
    this.#serving = serving;
    this.#connections = new ConnectionSet(context.clock, serving.listener.limits, serving.connections);
  }

  accept(socket: Socket, elsewhere: number): void {
    if (!this.#connections.admits(elsewhere)) {
      // The protocol has no word for it before something is asked: Dovecot connects again.
      sayGoodbye(socket, null, this.#clock);
      return;
    }
    const closed = (connection: RequestConnection) => this.#connections.delete(connection);
    const conversation = new DictConversation(this, this.#serving.listener.limits.maxRequest);
    this.#connections.add(new RequestConnection(socket, conversation, this.#clock, closed));
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

  dict(name: string): ServedDict | undefined {
    return this.#serving.dicts.get(name);
  }

  closes(reason: string): void {
    this.#failures.failed(
      { listener: this.#serving.listener.id },
      'closed a connection that broke the protocol',
      reason,
    );
  }
}

import type { Socket } from 'node:net';
import type { Protocol } from '../config/model.js';
import type { FrontendContext, Service, Serving } from '../frontends/frontend.js';
import { frontends } from '../frontends/registry.js';
import { fullTurn } from './turn.js';

interface Active {
  readonly protocol: Protocol;
  readonly service: Service;
}

/**
 * What is spoken behind the daemon's listeners, wherever their connections come from. A listener that keeps its
 * protocol keeps its connections when the configuration changes.
 */
export class Services {
  readonly #context: FrontendContext;
  #active = new Map<string, Active>();
  /** Those that go, while their sockets still accept. */
  readonly #departing = new Map<string, Service>();
  readonly #leaving = new Set<Promise<void>>();

  constructor(context: FrontendContext) {
    this.#context = context;
  }

  /**
   * Serves these and no others from now on. Services that go answer what they were asked, for `grace` milliseconds,
   * once `closed` says that nobody can come to them any more. Resolves when they have.
   */
  async replace(servings: readonly Serving[], grace: number, closed: Promise<void>): Promise<void> {
    const active = new Map(servings.map((serving) => [serving.listener.id, this.#activate(serving)]));
    const going = [...this.#active].filter(([id, { service }]) => active.get(id)?.service !== service);
    for (const [id, { service }] of going) this.#departing.set(id, service);
    this.#active = active;
    await closed;
    for (const [id, { service }] of going) {
      if (this.#departing.get(id) === service) this.#departing.delete(id);
      this.#leave(service, grace);
    }
    await Promise.all(this.#leaving);
  }

  /** A connection of this listener, whose others are not all here. One that is served no more is closed. */
  accept(listener: string, socket: Socket, elsewhere = 0): void {
    const service = this.#active.get(listener)?.service ?? this.#departing.get(listener);
    if (service === undefined) socket.destroy();
    else service.accept(socket, elsewhere);
  }

  /** Lets every service finish. */
  async stop(grace: number): Promise<void> {
    for (const { service } of this.#active.values()) this.#leave(service, grace);
    this.#active.clear();
    await Promise.all(this.#leaving);
  }

  #activate(serving: Serving): Active {
    const { id, protocol } = serving.listener;
    const running = this.#active.get(id);
    if (running?.protocol === protocol) {
      running.service.update(serving);
      return running;
    }
    return { protocol, service: frontends[protocol].start(this.#context, serving) };
  }

  #leave(service: Service, grace: number): void {
    // What has been received but not read yet is answered too.
    const left = fullTurn()
      .then(() => service.drain(grace))
      .finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
  }
}

import type { Socket } from 'node:net';
import type { ListenerConfig, Protocol } from '../config/model.js';
import type { FrontendContext, Service, Serving } from '../frontends/frontend.js';
import { frontends } from '../frontends/registry.js';
import { type Address, formatAddress } from '../net/address.js';
import { type BoundSocket, bind } from '../net/bind.js';

/** A listener's address as it is bound, for logs and tests. */
export interface ListeningAddress {
  readonly listener: string;
  readonly protocol: Protocol;
  readonly address: Address;
}

/** A change of listeners that has been made possible, and now either happens or does not. */
export interface PreparedChange {
  commit(): void;
  abandon(): Promise<void>;
}

interface Active {
  readonly protocol: Protocol;
  readonly service: Service;
}

/** A bound socket and the connections that came before anybody was there to serve them. */
interface HeldSocket {
  readonly bound: BoundSocket;
  readonly held: Socket[];
}

/**
 * The daemon's listening sockets and the services behind them. A change is prepared first: new addresses are
 * bound, or nothing is. When it is committed, an address that stays is never closed in between, and a
 * listener that keeps its protocol keeps its connections.
 */
export class Listeners {
  readonly #context: FrontendContext;
  #sockets = new Map<string, BoundSocket>();
  #addresses: ListeningAddress[] = [];
  #services = new Map<string, Active>();
  readonly #leaving = new Set<Promise<void>>();

  constructor(context: FrontendContext) {
    this.#context = context;
  }

  get addresses(): readonly ListeningAddress[] {
    return this.#addresses;
  }

  /** Rejects with BindError, leaving everything as it was. `grace` bounds the end of services that go. */
  async prepare(servings: readonly Serving[], grace: number): Promise<PreparedChange> {
    const added = new Map<string, HeldSocket>();
    const abandon = async () => {
      await Promise.all([...added.values()].map(release));
    };
    try {
      for (const { listener } of servings) await this.#bindNew(listener, added);
    } catch (error) {
      await abandon();
      throw error;
    }
    return { commit: () => this.#commit(servings, added, grace), abandon };
  }

  /** Stops accepting at once, then lets every service finish. */
  async stop(grace: number): Promise<void> {
    await Promise.all([...this.#sockets.values()].map((socket) => socket.close()));
    this.#sockets.clear();
    for (const { service } of this.#services.values()) this.#leave(service, grace);
    this.#services.clear();
    await Promise.all(this.#leaving);
  }

  async #bindNew(listener: ListenerConfig, added: Map<string, HeldSocket>): Promise<void> {
    const { mode, owner, group } = listener;
    for (const [key, address] of socketKeys(listener)) {
      const existing = this.#sockets.get(key);
      if (existing !== undefined) {
        await existing.permit({ mode, owner, group });
        continue;
      }
      const held: Socket[] = [];
      const onConnection = (socket: Socket) => {
        socket.on('error', () => socket.destroy());
        held.push(socket);
      };
      const onError = (err: Error) => this.#context.log.error({ err, listener: listener.id }, 'cannot accept');
      added.set(key, { held, bound: await bind(address, { mode, owner, group, onConnection, onError }) });
    }
  }

  #commit(servings: readonly Serving[], added: ReadonlyMap<string, HeldSocket>, grace: number): void {
    const sockets = new Map<string, BoundSocket>();
    const services = new Map<string, Active>();
    const addresses: ListeningAddress[] = [];
    for (const serving of servings) {
      const { listener } = serving;
      const active = this.#activate(serving);
      services.set(listener.id, active);
      for (const [key] of socketKeys(listener)) {
        const socket = this.#sockets.get(key) ?? added.get(key)?.bound;
        if (socket === undefined) continue;
        socket.onConnection = (connection) => active.service.accept(connection);
        for (const connection of added.get(key)?.held.splice(0) ?? []) active.service.accept(connection);
        sockets.set(key, socket);
        addresses.push({ listener: listener.id, protocol: listener.protocol, address: socket.address });
      }
    }
    this.#dismiss(sockets, services, grace);
    this.#sockets = sockets;
    this.#services = services;
    this.#addresses = addresses;
  }

  #activate(serving: Serving): Active {
    const { id, protocol } = serving.listener;
    const running = this.#services.get(id);
    if (running?.protocol === protocol) {
      running.service.update(serving);
      return running;
    }
    return { protocol, service: frontends[protocol].start(this.#context, serving) };
  }

  /** Closes what the new configuration no longer has. */
  #dismiss(sockets: ReadonlyMap<string, BoundSocket>, services: ReadonlyMap<string, Active>, grace: number): void {
    for (const [key, socket] of this.#sockets) if (!sockets.has(key)) void socket.close();
    for (const [id, active] of this.#services) if (services.get(id) !== active) this.#leave(active.service, grace);
  }

  #leave(service: Service, grace: number): void {
    const left = service.drain(grace).finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
  }
}

/**
 * What makes an address of the new configuration the same as one that is open: the address itself, whatever
 * listener it stands in; where the system chooses the port, the listener and the position too.
 */
function socketKeys(listener: ListenerConfig): (readonly [key: string, address: Address])[] {
  return listener.bind.map((address, i) => {
    const chosen = 'port' in address && address.port === 0;
    return [chosen ? `${listener.id} ${i} ${formatAddress(address)}` : formatAddress(address), address] as const;
  });
}

async function release({ bound, held }: HeldSocket): Promise<void> {
  for (const socket of held.splice(0)) socket.destroy();
  await bound.close();
}

import type { Socket } from 'node:net';
import type { ListenerConfig, Protocol } from '../config/model.js';
import { type Address, formatAddress } from '../net/address.js';
import { type BoundSocket, bind } from '../net/bind.js';
import type { Log } from '../observe/log.js';

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

/** A bound socket and the connections that came before anybody was there to serve them. */
interface HeldSocket {
  readonly bound: BoundSocket;
  readonly held: Socket[];
}

export interface ListenersOptions {
  readonly log: Log;
  /** Given each connection, with the id of the listener it came to. */
  readonly onConnection: (listener: string, socket: Socket) => void;
}

/**
 * The daemon's listening sockets. A change is prepared first: new addresses are bound, or nothing is. When it is
 * committed, an address that stays is never closed in between.
 */
export class Listeners {
  readonly #options: ListenersOptions;
  #sockets = new Map<string, BoundSocket>();
  #addresses: ListeningAddress[] = [];

  constructor(options: ListenersOptions) {
    this.#options = options;
  }

  get addresses(): readonly ListeningAddress[] {
    return this.#addresses;
  }

  /** Rejects with BindError, leaving everything as it was. */
  async prepare(listeners: readonly ListenerConfig[]): Promise<PreparedChange> {
    const added = new Map<string, HeldSocket>();
    const abandon = async () => {
      await Promise.all([...added.values()].map(release));
    };
    try {
      for (const listener of listeners) await this.#bindNew(listener, added);
    } catch (error) {
      await abandon();
      throw error;
    }
    return { commit: () => this.#commit(listeners, added), abandon };
  }

  /** Stops accepting at once. */
  async close(): Promise<void> {
    await Promise.all([...this.#sockets.values()].map((socket) => socket.close()));
    this.#sockets.clear();
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
      const onError = (err: Error) => this.#options.log.error({ err, listener: listener.id }, 'cannot accept');
      added.set(key, { held, bound: await bind(address, { mode, owner, group, onConnection, onError }) });
    }
  }

  #commit(listeners: readonly ListenerConfig[], added: ReadonlyMap<string, HeldSocket>): void {
    const sockets = new Map<string, BoundSocket>();
    const addresses: ListeningAddress[] = [];
    for (const listener of listeners) {
      for (const [key] of socketKeys(listener)) {
        const socket = this.#sockets.get(key) ?? added.get(key)?.bound;
        if (socket === undefined) continue;
        socket.onConnection = (connection) => this.#options.onConnection(listener.id, connection);
        for (const connection of added.get(key)?.held.splice(0) ?? []) socket.onConnection(connection);
        sockets.set(key, socket);
        addresses.push({ listener: listener.id, protocol: listener.protocol, address: socket.address });
      }
    }
    for (const [key, socket] of this.#sockets) if (!sockets.has(key)) void socket.close();
    this.#sockets = sockets;
    this.#addresses = addresses;
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

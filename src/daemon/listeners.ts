import type { Socket } from 'node:net';
import type { Config, ListenerConfig, Protocol } from '../config/model.js';
import { formatAddress, type ListenAddress } from '../net/address.js';
import { type BoundSocket, bind } from '../net/bind.js';
import { InheritedSockets } from '../net/inherited.js';
import type { Log } from '../observe/log.js';
import { fullTurn } from './turn.js';

/** A listener's address as it is bound, for logs and tests. */
export interface ListeningAddress {
  readonly listener: string;
  readonly protocol: Protocol;
  readonly address: ListenAddress;
}

/** A change of listeners that has been made possible, and now either happens or does not. */
export interface PreparedChange {
  commit(): void;
  abandon(): Promise<void>;
}

export interface PreparedListeners extends PreparedChange {
  /** Resolves when those that go accept nobody any more. */
  commit(): Promise<void>;
}

/** What preparing has done so far, and what takes it back. */
interface Preparation {
  readonly added: Map<string, HeldSocket>;
  readonly undo: (() => Promise<void>)[];
}

/** A bound socket and the connections that came before anybody was there to serve them. */
interface HeldSocket {
  readonly bound: BoundSocket;
  readonly held: Socket[];
}

export interface ListenersOptions {
  readonly log: Log;
  readonly inherited?: InheritedSockets | undefined;
  /** Given each connection, with the id of the listener it came to. */
  readonly onConnection: (listener: string, socket: Socket) => void;
}

/**
 * The daemon's listening sockets. A change is prepared first: new addresses are bound, or nothing is. When it is
 * committed, an address that stays is never closed in between.
 */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #inherited: InheritedSockets;
  #sockets = new Map<string, BoundSocket>();
  #addresses: ListeningAddress[] = [];
  /** What the last change closes, for whoever wants its address next. */
  #closing: Promise<void> = Promise.resolve();

  constructor(options: ListenersOptions) {
    this.#options = options;
    this.#inherited = options.inherited ?? new InheritedSockets();
  }

  get addresses(): readonly ListeningAddress[] {
    return this.#addresses;
  }

  /** Rejects with BindError, or what a unix socket's permissions failed with, leaving everything as it was. */
  async prepare({ listeners, server }: Config): Promise<PreparedListeners> {
    await this.#closing;
    const preparation: Preparation = { added: new Map(), undo: [] };
    const abandon = async () => {
      for (const undo of preparation.undo.splice(0).reverse()) await undo();
    };
    try {
      for (const listener of listeners.values()) {
        const { owner = server.runAs?.user, group = server.runAs?.group } = listener;
        await this.#bindNew({ ...listener, owner, group }, preparation);
      }
    } catch (error) {
      await abandon();
      throw error;
    }
    return { commit: () => this.#commit([...listeners.values()], preparation.added), abandon };
  }

  /** Stops accepting, once those are accepted whose connection the system has made already. */
  async close(): Promise<void> {
    await Promise.all([this.#closing, closeAll([...this.#sockets.values()])]);
    this.#inherited.end();
    this.#sockets.clear();
  }

  async #bindNew(listener: ListenerConfig, { added, undo }: Preparation): Promise<void> {
    const { mode, owner, group } = listener;
    for (const [key, address] of socketKeys(listener)) {
      const existing = this.#sockets.get(key);
      if (existing !== undefined) {
        undo.push(await existing.permit({ mode, owner, group }));
        continue;
      }
      const held: Socket[] = [];
      const onConnection = (socket: Socket) => {
        socket.on('error', () => socket.destroy());
        held.push(socket);
      };
      const { log } = this.#options;
      const onError = (err: Error) => log.error({ err, listener: listener.id }, 'cannot accept');
      const options = { mode, owner, group, onConnection, onError };
      const bound =
        'inherited' in address ? await this.#inherited.open(address.inherited, options) : await bind(address, options);
      added.set(key, { held, bound });
      undo.push(() => release({ held, bound }));
    }
  }

  #commit(listeners: readonly ListenerConfig[], added: ReadonlyMap<string, HeldSocket>): Promise<void> {
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
    const going = [...this.#sockets].filter(([key]) => !sockets.has(key)).map(([, socket]) => socket);
    this.#sockets = sockets;
    this.#addresses = addresses;
    this.#closing = closeAll(going);
    return this.#closing;
  }
}

/** Those are accepted first whose connection the system has made already. */
async function closeAll(sockets: readonly BoundSocket[]): Promise<void> {
  const close = async (socket: BoundSocket) => {
    await acceptWaiting(socket);
    await socket.close();
  };
  await Promise.all(sockets.map(close));
}

/** The event loop accepts one connection in each of its turns: until a turn has none, or all had theirs that can wait. */
async function acceptWaiting(socket: BoundSocket): Promise<void> {
  for (let turns = 0, before = -1; turns < MOST_WAITING && socket.accepted > before; turns++) {
    before = socket.accepted;
    await fullTurn();
  }
}

/** How many the system makes before they are accepted: `listen`'s backlog in Node. */
const MOST_WAITING = 511;

/**
 * What makes an address of the new configuration the same as one that is open: the address itself, whatever
 * listener it stands in; where the system chooses the port, the listener and the position too.
 */
function socketKeys(listener: ListenerConfig): (readonly [key: string, address: ListenAddress])[] {
  return listener.bind.map((address, i) => {
    const chosen = 'port' in address && address.port === 0;
    return [chosen ? `${listener.id} ${i} ${formatAddress(address)}` : formatAddress(address), address] as const;
  });
}

async function release({ bound, held }: HeldSocket): Promise<void> {
  for (const socket of held.splice(0)) socket.destroy();
  await bound.close();
}

import type { Server, Socket } from 'node:net';
import type { ListenAddress } from './address.js';
import { BindError, type BindOptions, type BoundSocket, createListeningServer, listening } from './bind.js';

/**
 * Listening sockets that whoever started this process has bound: systemd's socket activation (sd_listen_fds(3),
 * `FileDescriptorName=`). They are never closed before the end, since nobody could open them again: while no
 * listener names one, whoever connects is turned away at once, instead of waiting for an answer that never comes.
 */
export interface InheritedDescriptor {
  readonly fd: number;
  readonly name: string;
}

/** The first descriptor that is handed over, says sd_listen_fds(3). */
const FIRST = 3;

/** The variables by which they are announced; programs started from here must not take them for theirs. */
const VARIABLES = ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES'] as const;

/** What was handed over to the process of this number; its announcement leaves the environment. */
export function takeInherited(env: Record<string, string | undefined>, pid: number): InheritedDescriptor[] {
  const [listenPid, count, names = ''] = VARIABLES.map((name) => env[name]);
  for (const name of VARIABLES) delete env[name];
  if (listenPid !== String(pid) || !/^\d+$/.test(count ?? '')) return [];
  const given = names.split(':');
  // systemd's word for one without a name.
  return Array.from({ length: Number(count) }, (_, i) => ({ fd: FIRST + i, name: given[i] || 'unknown' }));
}

/** All sockets of one process. */
export class InheritedSockets {
  readonly #descriptors: readonly InheritedDescriptor[];
  readonly #opened = new Map<string, InheritedSocket>();

  constructor(descriptors: readonly InheritedDescriptor[] = []) {
    this.#descriptors = descriptors;
  }

  get names(): string[] {
    return [...new Set(this.#descriptors.map(({ name }) => name))];
  }

  /** All sockets of this name as one. Rejects with BindError when there is none, or what is there does not listen. */
  async open(name: string, options: BindOptions): Promise<BoundSocket> {
    const opened = this.#opened.get(name);
    if (opened !== undefined) {
      opened.use(options);
      return opened;
    }
    const fds = this.#descriptors.filter((descriptor) => descriptor.name === name).map(({ fd }) => fd);
    if (fds.length === 0) throw new BindError({ inherited: name }, this.#missing());
    const servers = fds.map(() => createListeningServer());
    const socket = new InheritedSocket(name, servers, options);
    try {
      await Promise.all(servers.map((server, i) => listening(server, { fd: fds[i]! })));
    } catch (error) {
      socket.end();
      throw new BindError({ inherited: name }, error);
    }
    this.#opened.set(name, socket);
    return socket;
  }

  /** Stops accepting on all of them; who connects from now on waits for the next process. */
  end(): void {
    for (const socket of this.#opened.values()) socket.end();
  }

  #missing(): Error {
    const { names } = this;
    const there = names.length === 0 ? 'none was handed over' : `there is ${names.join(', ')}`;
    return new Error(`no socket of this name was handed over (${there})`);
  }
}

class InheritedSocket implements BoundSocket {
  readonly address: ListenAddress;
  onConnection: (socket: Socket) => void;
  accepted = 0;
  #onError: BindOptions['onError'];

  constructor(
    name: string,
    readonly servers: readonly Server[],
    options: BindOptions,
  ) {
    this.address = { inherited: name };
    this.onConnection = options.onConnection;
    this.#onError = options.onError;
    for (const server of servers) {
      server.on('connection', (socket) => {
        this.accepted++;
        this.onConnection(socket);
      });
      server.on('error', (error) => this.#onError?.(error));
    }
  }

  use({ onConnection, onError }: BindOptions): void {
    this.onConnection = onConnection;
    this.#onError = onError;
  }

  /** Their permissions are the socket unit's business. */
  permit(): Promise<() => Promise<void>> {
    return Promise.resolve(async () => {});
  }

  close(): Promise<void> {
    this.onConnection = (socket) => void socket.destroy();
    return Promise.resolve();
  }

  end(): void {
    for (const server of this.servers) if (server.listening) server.close();
  }
}

import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { type Address, formatAddress, type ListenAddress } from './address.js';
import {
  applyPermissions,
  bindClosed,
  claimSocketPath,
  type FileIdentity,
  identityOf,
  nameBeside,
  publishSocket,
  removeSocket,
  type SocketPermissions,
} from './unix-socket.js';

/**
 * One listening socket, apart from what is spoken on it: `onConnection` may be replaced at any time, so a
 * reload changes what is served without refusing a connection. Accepted sockets are half open: a peer that
 * has sent its last request still gets its answers, and whoever accepts ends them.
 */
export interface BoundSocket {
  /** With the port the system chose when 0 was asked for. */
  readonly address: ListenAddress;
  onConnection: (socket: Socket) => void;
  /** How many connections it has accepted. */
  readonly accepted: number;
  /** Gives a unix socket other permissions, nothing on TCP. The answer takes that back. */
  permit(permissions: SocketPermissions): Promise<() => Promise<void>>;
  /** Stops accepting and removes the unix socket; accepted connections live on. */
  close(): Promise<void>;
}

export interface BindOptions extends SocketPermissions {
  /** Nothing is read from the socket until it is resumed: another process can have it, or read in a way of its own. */
  readonly onConnection: (socket: Socket) => void;
  /** Later failures to accept (too many open files): the socket stays open. */
  readonly onError?: (error: Error) => void;
}

/** The address cannot be listened on. */
export class BindError extends Error {
  override readonly name = 'BindError';

  constructor(
    readonly address: ListenAddress,
    cause: unknown,
  ) {
    super(`cannot listen on ${formatAddress(address)}: ${explain(cause)}`, { cause });
  }
}

/** Listens. Rejects with BindError and leaves nothing behind when it cannot. */
export async function bind(
  address: Address,
  options: BindOptions,
): Promise<BoundSocket & { readonly address: Address }> {
  const server = createListeningServer();
  let identity: FileIdentity | undefined;
  try {
    if ('path' in address) identity = await listenOnPath(server, address.path, options);
    else await listening(server, { host: address.host, port: address.port });
  } catch (error) {
    server.close();
    throw new BindError(address, error);
  }
  return new ListeningSocket(server, address, identity, options);
}

export function createListeningServer(): Server {
  return createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
}

class ListeningSocket implements BoundSocket {
  readonly address: Address;
  onConnection: (socket: Socket) => void;
  accepted = 0;
  readonly #server: Server;
  /** Of a unix socket. */
  readonly #identity: FileIdentity | undefined;

  constructor(server: Server, asked: Address, identity: FileIdentity | undefined, options: BindOptions) {
    this.#server = server;
    this.#identity = identity;
    this.onConnection = options.onConnection;
    const actual = server.address();
    this.address =
      'path' in asked || actual === null || typeof actual === 'string'
        ? asked
        : { host: asked.host, port: actual.port };
    server.on('connection', (socket) => {
      this.accepted++;
      this.onConnection(socket);
    });
    server.on('error', (error) => options.onError?.(error));
  }

  async permit(permissions: SocketPermissions): Promise<() => Promise<void>> {
    return 'path' in this.address ? await applyPermissions(this.address.path, permissions) : async () => {};
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const { address } = this;
    // The folder may be somebody else's by now (an own user after binding): the next start removes it then.
    if ('path' in address && this.#identity !== undefined)
      await removeSocket(address.path, this.#identity).catch(() => undefined);
    // Node calls back when the last connection has gone, but stops accepting at once: that is what is asked.
    this.#server.close();
  }
}

/**
 * Listens at a name beside the path first, which then takes its place: so it is there with its permissions, and Node,
 * which removes a path when it stops listening, whoever's it is by then, knows one that is gone.
 */
async function listenOnPath(server: Server, path: string, permissions: SocketPermissions): Promise<FileIdentity> {
  await claimSocketPath(path);
  const beside = await listenBeside(server, path);
  await applyPermissions(beside, permissions);
  const identity = await identityOf(beside);
  await publishSocket(beside, path);
  return identity;
}

/** How many names may be taken: a path may leave room for one letter only. */
const NAMES = 20;

async function listenBeside(server: Server, path: string): Promise<string> {
  for (let tried = 1; ; tried++) {
    const beside = nameBeside(path);
    try {
      await listening(server, { path: beside }, bindClosed);
      return beside;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tried === NAMES) throw error;
    }
  }
}

export function listening(
  server: Server,
  options: ListenOptions | { readonly fd: number },
  around = (run: () => void) => run(),
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    around(() =>
      server.listen(options, () => {
        server.off('error', reject);
        resolve();
      }),
    );
  });
}

const MEANINGS: Record<string, string> = {
  EADDRINUSE: 'the address is in use',
  EADDRNOTAVAIL: 'this machine does not have the address',
  EACCES: 'permission denied',
  ENOENT: 'the folder does not exist',
  ENOTFOUND: 'the host name is not known',
};

function explain(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as NodeJS.ErrnoException;
  return (code === undefined ? undefined : MEANINGS[code]) ?? cause.message;
}

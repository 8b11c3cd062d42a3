import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { type Address, formatAddress } from './address.js';
import { applyPermissions, bindClosed, claimSocketPath, type SocketPermissions } from './unix-socket.js';

/**
 * One listening socket, apart from what is spoken on it: `onConnection` may be replaced at any time, so a
 * reload changes what is served without refusing a connection. Accepted sockets are half open: a peer that
 * has sent its last request still gets its answers, and whoever accepts ends them.
 */
export interface BoundSocket {
  /** With the port the system chose when 0 was asked for. */
  readonly address: Address;
  onConnection: (socket: Socket) => void;
  /** Gives a unix socket other permissions; nothing on TCP. */
  permit(permissions: SocketPermissions): Promise<void>;
  /** Stops accepting and removes the unix socket; accepted connections live on. */
  close(): Promise<void>;
}

export interface BindOptions extends SocketPermissions {
  readonly onConnection: (socket: Socket) => void;
  /** Later failures to accept (too many open files): the socket stays open. */
  readonly onError?: (error: Error) => void;
}

/** The address cannot be listened on. */
export class BindError extends Error {
  override readonly name = 'BindError';

  constructor(
    readonly address: Address,
    cause: unknown,
  ) {
    super(`cannot listen on ${formatAddress(address)}: ${explain(cause)}`, { cause });
  }
}

/** Listens. Rejects with BindError and leaves nothing behind when it cannot. */
export async function bind(address: Address, options: BindOptions): Promise<BoundSocket> {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  try {
    if ('path' in address) await listenOnPath(server, address.path, options);
    else await listening(server, { host: address.host, port: address.port });
  } catch (error) {
    server.close();
    throw new BindError(address, error);
  }
  return new ListeningSocket(server, address, options);
}

class ListeningSocket implements BoundSocket {
  readonly address: Address;
  onConnection: (socket: Socket) => void;
  readonly #server: Server;

  constructor(server: Server, asked: Address, options: BindOptions) {
    this.#server = server;
    this.onConnection = options.onConnection;
    const actual = server.address();
    this.address =
      'path' in asked || actual === null || typeof actual === 'string'
        ? asked
        : { host: asked.host, port: actual.port };
    server.on('connection', (socket) => this.onConnection(socket));
    server.on('error', (error) => options.onError?.(error));
  }

  async permit(permissions: SocketPermissions): Promise<void> {
    if ('path' in this.address) await applyPermissions(this.address.path, permissions);
  }

  close(): Promise<void> {
    // Node calls back when the last connection has gone, but stops accepting at once: that is what is asked.
    if (this.#server.listening) this.#server.close();
    return Promise.resolve();
  }
}

async function listenOnPath(server: Server, path: string, permissions: SocketPermissions): Promise<void> {
  await claimSocketPath(path);
  await listening(server, { path }, bindClosed);
  await applyPermissions(path, permissions);
}

function listening(server: Server, options: ListenOptions, around = (run: () => void) => run()): Promise<void> {
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

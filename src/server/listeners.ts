import { chmodSync } from 'node:fs';
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net';
import type { Server } from './server.js';
import { Connection } from './session/connection.js';

export type ListenOptions =
  | { readonly port: number; readonly host?: string }
  | { readonly path: string; readonly mode?: number };

/** The server's listening sockets and the connections accepted through them. */
export class Listeners {
  readonly connections = new Set<Connection>();
  path: string | undefined;
  private readonly sockets: NetServer[] = [];

  constructor(private readonly server: Server) {}

  /** The first TCP port it listens on, 0 when none. */
  get port(): number {
    for (const socket of this.sockets) {
      const address = socket.address();
      if (address !== null && typeof address === 'object') return address.port;
    }
    return 0;
  }

  /** Port 0 takes a free one. Loopback unless a host is named. Rejects when the place is taken. */
  async listen(options: ListenOptions): Promise<{ port?: number; path?: string }> {
    const socket = createServer({ allowHalfOpen: true }, (client) => this.accept(client));
    const where =
      'path' in options ? { path: options.path } : { port: options.port, host: options.host ?? '127.0.0.1' };
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.listen({ ...where, backlog: 511 }, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    this.sockets.push(socket);
    if (!('path' in options)) return { port: (socket.address() as AddressInfo).port };
    if (options.mode !== undefined) chmodSync(options.path, options.mode);
    this.path = options.path;
    return { path: options.path };
  }

  async close(): Promise<void> {
    const ended = this.sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve())));
    for (const connection of this.connections) connection.destroy();
    await Promise.all(ended);
    this.sockets.length = 0;
  }

  private accept(socket: Socket): void {
    const { stats, settings } = this.server;
    if (this.connections.size >= settings.maxClients) {
      stats.rejectedConnections++;
      socket.end('-ERR max number of clients reached\r\n');
      return;
    }
    stats.connections++;
    if (settings.tcpKeepalive > 0) socket.setKeepAlive(true, settings.tcpKeepalive);
    const connection = new Connection(this.server, socket);
    this.connections.add(connection);
    socket.on('close', () => this.connections.delete(connection));
  }
}

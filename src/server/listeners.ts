import { type AddressInfo, createServer, isIP, type Server as NetServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { applyPermissions, bindClosed, claimSocketPath } from '../net/unix-socket.js';
import type { Server } from './server.js';
import { Connection } from './session/connection.js';

export type ListenOptions =
  | {
      readonly port: number;
      readonly host?: string;
      readonly tls?: TlsOptions;
      /** For `stop`. */
      readonly name?: string;
      /** Of a node of a cluster; without it where the directives say, else ten thousand above the port, or free with port 0. */
      readonly busPort?: number;
    }
  | { readonly path: string; readonly mode?: number };

/** The server's listening sockets and the connections accepted through them. */
export class Listeners {
  readonly connections = new Set<Connection>();
  path: string | undefined;
  private readonly sockets: NetServer[] = [];
  private readonly named = new Map<string, NetServer>();
  private checked = this.connections.values();

  constructor(private readonly server: Server) {}

  /** The first TCP port it listens on, 0 when none. */
  get port(): number {
    for (const socket of this.sockets) {
      const address = socket.address();
      if (address !== null && typeof address === 'object') return address.port;
    }
    return 0;
  }

  /** Every address and path it listens on. */
  get places(): string[] {
    return this.sockets.map((socket) => {
      const address = socket.address();
      if (address === null || typeof address === 'string') return String(address);
      return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
    });
  }

  /** Port 0 takes a free one. Loopback unless a host is named. Rejects when the place is taken. */
  async listen(options: ListenOptions): Promise<{ port?: number; path?: string }> {
    if ('path' in options) await claimSocketPath(options.path);
    const socket = this.createSocket('tls' in options ? options.tls : undefined);
    const where =
      'path' in options ? { path: options.path } : { port: options.port, host: options.host ?? '127.0.0.1' };
    const v6Only = 'host' in where && isIP(where.host) === 6;
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      const listen = () =>
        socket.listen({ ...where, backlog: this.server.settings.tcpBacklog, ipv6Only: v6Only }, () => {
          socket.off('error', reject);
          resolve();
        });
      if ('path' in options) bindClosed(listen);
      else listen();
    });
    // Running out of descriptors must not end the process: the client is gone, the next may get through.
    socket.on('error', (error) => this.server.log('warning', `Accepting client connection: ${error.message}`));
    this.sockets.push(socket);
    if ('name' in options && options.name !== undefined) this.named.set(options.name, socket);
    if (!('path' in options)) return { port: (socket.address() as AddressInfo).port };
    await applyPermissions(options.path, { mode: options.mode });
    this.path = options.path;
    return { path: options.path };
  }

  /** Accepts no more where `listen` was told this name; connections live on. */
  stop(name: string): void {
    const socket = this.named.get(name);
    if (socket === undefined) return;
    this.named.delete(name);
    this.sockets.splice(this.sockets.indexOf(socket), 1);
    socket.close();
  }

  async close(): Promise<void> {
    const ended = this.sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve())));
    for (const { stream } of this.connections) ended.push(new Promise((resolve) => stream.once('close', resolve)));
    for (const connection of this.connections) connection.destroy();
    await Promise.all(ended);
    this.sockets.length = 0;
  }

  /** Looks after some of the connections, ten times a second: each gets its turn at least once a second. */
  checkConnections(): void {
    const now = this.server.clock.now();
    const turn = Math.max(CHECKED_AT_ONCE, Math.ceil(this.connections.size / 10));
    for (let i = Math.min(turn, this.connections.size); i > 0; i--) {
      let next = this.checked.next();
      if (next.done) {
        this.checked = this.connections.values();
        next = this.checked.next();
      }
      if (!next.done) next.value.check(now);
    }
  }

  private createSocket(tls: TlsOptions | undefined): NetServer {
    if (tls === undefined)
      return createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => this.accept(client));
    const socket = createTlsServer({ ...tls, allowHalfOpen: true, handshakeTimeout: HANDSHAKE_TIMEOUT }, (client) => {
      // Where a certificate is optional, a wrong one is still wrong.
      const shown = tls.requestCert === true && Object.keys(client.getPeerCertificate()).length > 0;
      if (shown && !client.authorized) client.destroy();
      else this.accept(client);
    });
    socket.on('tlsClientError', (error, client) => {
      this.server.log('verbose', `Error accepting a client connection: ${error.message}`);
      client.destroy();
    });
    return socket;
  }

  private accept(socket: Socket): void {
    const { interceptor } = this.server;
    if (interceptor === undefined) this.take(socket);
    else interceptor.accepted(socket, () => this.take(socket));
  }

  private take(socket: Socket): void {
    const { stats, settings } = this.server;
    const refusal =
      this.connections.size >= settings.maxClients
        ? 'ERR max number of clients reached'
        : this.isProtectedFrom(socket)
          ? PROTECTED
          : undefined;
    if (refusal !== undefined) {
      stats.rejectedConnections++;
      socket.on('error', () => socket.destroy());
      socket.end(`-${refusal}\r\n`, () => socket.destroy());
      return;
    }
    stats.connections++;
    if (settings.tcpKeepalive > 0) socket.setKeepAlive(true, settings.tcpKeepalive);
    const connection = new Connection(this.server, socket);
    this.connections.add(connection);
    connection.stream.on('close', () => {
      this.connections.delete(connection);
      this.server.clientEviction.forget(connection);
    });
  }

  /** Protected mode: without a password only this machine is served. */
  private isProtectedFrom(socket: Socket): boolean {
    const { settings, users } = this.server;
    if (!settings.protectedMode || !users.default.noPassword) return false;
    const address = socket.remoteAddress;
    return address !== undefined && !LOOPBACK.test(address);
  }
}

const CHECKED_AT_ONCE = 5;
/** Milliseconds. */
const HANDSHAKE_TIMEOUT = 10_000;

const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/;

const PROTECTED =
  'DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. ' +
  'In this mode connections are only accepted from the loopback interface. If you want to connect from external computers ' +
  'to Redis you may adopt one of the following solutions: 1) Just disable protected mode sending the command ' +
  "'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the same host the server is running, " +
  'however MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. ' +
  '2) Alternatively you can just disable the protected mode by editing the Redis configuration file, and setting the protected mode ' +
  "option to 'no', and then restarting the server. 3) If you started the server manually just for testing, restart it with the " +
  "'--protected-mode no' option. 4) Setup a an authentication password for the default user. NOTE: You only need to do one of the " +
  'above things in order for the server to start accepting connections from the outside.';

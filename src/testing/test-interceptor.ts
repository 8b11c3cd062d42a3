import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import type { Clock } from '../core/clock.js';
import type { Args } from '../resp/args.js';
import type { CommandDeclaration } from '../server/commands/command.js';
import { CommandError } from '../server/errors.js';
import type { Fate, Interceptor } from '../server/session/interceptor.js';
import type { Session } from '../server/session/session.js';
import type { Faults } from './faults.js';
import { HeldSockets } from './held-sockets.js';
import { readCommand } from './received-command.js';

/** How a node reaches others: a cluster that can be divided has its own way. */
export type Connect = (place: TcpNetConnectOpts) => Socket;

/** One run of a test server: faults strike its clients, and it can be stopped as a process by SIGSTOP. */
export class TestInterceptor implements Interceptor {
  /** Sockets between nodes, whoever made them. */
  readonly nodeSockets = new Set<Socket>();
  private readonly held = new HeldSockets();
  /** Who came while it stood still. */
  private readonly waiting = new Map<Socket, () => void>();
  isStopped = false;

  constructor(
    private readonly faults: Faults,
    private readonly clock: Clock,
    private readonly connectTo: Connect = connect,
  ) {}

  accepted(socket: Socket, take: () => void): void {
    if (!this.faults.refuses()) {
      this.letIn(socket, take);
      return;
    }
    socket.on('error', () => undefined);
    socket.resetAndDestroy();
  }

  acceptedNode(socket: Socket, take: () => void): void {
    this.keep(socket);
    this.letIn(socket, take);
  }

  connect(place: TcpNetConnectOpts): Socket {
    const socket = this.connectTo(place);
    this.keep(socket);
    return socket;
  }

  arrived(session: Session, command: CommandDeclaration | undefined, args: Args): Fate | undefined {
    // Between a replica and its primary nothing of this strikes.
    if (session.replica !== undefined) return undefined;
    const strike = this.faults.strike(readCommand(command, args, session.id, this.clock.now()));
    return strike?.kind === 'error' ? { kind: 'refused', error: new CommandError(strike.message) } : strike;
  }

  /** Nothing is read any more, and nobody let in, until `go`. */
  stop(clients: Iterable<Socket>): void {
    this.isStopped = true;
    this.held.hold(clients);
    this.held.hold(this.nodeSockets);
  }

  go(): void {
    this.isStopped = false;
    this.held.release();
    const came = [...this.waiting.values()];
    this.waiting.clear();
    for (const take of came) take();
  }

  /** The server ends: nobody waits any more. */
  close(): void {
    for (const socket of this.waiting.keys()) socket.destroy();
  }

  private letIn(socket: Socket, take: () => void): void {
    if (!this.isStopped) {
      take();
      return;
    }
    const ignore = () => undefined;
    socket.on('error', ignore);
    this.waiting.set(socket, () => {
      socket.off('error', ignore);
      if (!socket.destroyed) take();
    });
  }

  private keep(socket: Socket): void {
    this.nodeSockets.add(socket);
    socket.once('close', () => this.nodeSockets.delete(socket));
    // What it says while this node stands still is for later.
    if (this.isStopped) this.held.hold([socket]);
  }
}

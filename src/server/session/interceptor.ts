import type { Socket, TcpNetConnectOpts } from 'node:net';
import type { Args } from '../../resp/args.js';
import type { ReplyError } from '../../resp/reply.js';
import type { CommandDeclaration } from '../commands/command.js';
import type { Session } from './session.js';

/**
 * What stands between the server and its network in tests (`lookupd/testing`): it sees every connection and every command
 * that comes over a socket, and says what goes wrong. Sessions in this process do not pass here.
 */
export interface Interceptor {
  /** A client has connected: `take` lets it in, now, later or never. */
  accepted(socket: Socket, take: () => void): void;
  /** Another node of the cluster has connected to the bus. */
  acceptedNode(socket: Socket, take: () => void): void;
  /** A connection of this server's to another node: to its bus, or to the primary that it follows. */
  connect(place: TcpNetConnectOpts): Socket;
  /** A command has arrived whole; undefined: it takes its way. */
  arrived(session: Session, command: CommandDeclaration | undefined, args: Args): Fate | undefined;
}

/** What becomes of a command, or of its reply. */
export type Fate =
  /** It is refused with this error, and not executed. */
  | { readonly kind: 'refused'; readonly error: ReplyError }
  /** The connection ends before it is executed. */
  | { readonly kind: 'drop-before' }
  | ReplyFate;

export type ReplyFate =
  /** It and what comes behind it goes out so much later, in milliseconds of the server's clock. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The connection ends in its place. */
  | { readonly kind: 'drop-after' }
  /** So many bytes of it are sent, then the connection ends. */
  | { readonly kind: 'cut'; readonly bytes: number }
  /** Nothing is sent any more. */
  | { readonly kind: 'silence' };

import type { Args, ByteString } from '../../resp/args.js';
import type { ReplySink } from '../../resp/sink.js';
import type { User } from '../access/user.js';
import type { Users } from '../access/users.js';
import type { CommandDeclaration } from '../commands/command.js';
import type { Database } from '../keyspace/database.js';
import type { Replica } from '../replication/replica.js';
import type { Tracked } from '../tracking/tracked.js';
import type { Wait } from './blocking.js';
import type { ClientBuffers } from './client-buffers.js';

/**
 * What the server knows of one client, over a socket or in process: the selected database, protocol,
 * transaction, watched keys, subscriptions. `plain` says that none of it needs a look before a command
 * runs; whoever changes state calls `refresh`.
 */
export class Session {
  db: Database;
  name: ByteString = '';
  libName: ByteString = '';
  libVersion: ByteString = '';
  user: User;
  transaction: Transaction | undefined;
  /** The transaction whose commands EXEC runs. */
  executing: Transaction | undefined;
  /** WATCH: the keys, and whether their time was over when it was said. */
  readonly watched = new Map<Database, Map<ByteString, boolean>>();
  /** A watched key was changed: EXEC will answer null. */
  watchBroken = false;
  readonly channels = new Set<ByteString>();
  readonly patterns = new Set<ByteString>();
  readonly shardChannels = new Set<ByteString>();
  blocked: Blocked | undefined;
  /** CLIENT TRACKING. */
  tracked: Tracked | undefined;
  /** CLIENT REPLY: on, off, or skipping the next one. */
  replyMode: 'on' | 'off' | 'skip' | 'skip-next' = 'on';
  monitoring = false;
  /** A client that follows our data, or has said that it will (REPLCONF). */
  replica: Replica | undefined;
  /** The primary that this server follows: nothing is refused to it. */
  isPrimary = false;
  /** The replication offset its last command led to, while there are replicas. */
  writtenTo = 0;
  /** Set by QUIT, CLIENT KILL and errors: the connection ends once its replies are sent. */
  closing = false;
  lastCommand: CommandDeclaration | undefined;
  lastActive: number;
  /** Calls that have run, for CLIENT LIST and INFO. */
  commands = 0;
  /** ASKING: it holds for the next command, or for the one that runs. */
  asking: 'no' | 'next' | 'now' = 'no';
  /** READONLY: a replica of the cluster may answer. */
  readsReplica = false;
  /** SCRIPT DEBUG SYNC. */
  debugsScripts = false;
  /** CLIENT NO-EVICT and NO-TOUCH. */
  noEvict = false;
  noTouch = false;
  plain = false;
  authenticated: boolean;
  readonly connectedAt: number;

  constructor(
    readonly id: number,
    readonly peer: Peer,
    /** Where replies and pushes go. */
    readonly reply: ReplySink & { protocol: 2 | 3 },
    home: Database,
    private readonly users: Users,
    now: number,
  ) {
    this.db = home;
    this.user = users.default;
    this.authenticated = users.default.isOpen;
    this.connectedAt = now;
    this.lastActive = now;
    this.refresh();
  }

  get subscriptions(): number {
    return this.channels.size + this.patterns.size + this.shardChannels.size;
  }

  /** Nothing but AUTH and the like will be heard. */
  get mustLogIn(): boolean {
    return !this.authenticated && this.users.requiresLogIn;
  }

  /** An empty request, too, is the one that CLIENT REPLY SKIP was about. */
  endSkip(): void {
    if (this.replyMode !== 'skip' && this.replyMode !== 'skip-next') return;
    this.replyMode = 'on';
    this.refresh();
  }

  refresh(): void {
    this.plain =
      !this.mustLogIn &&
      this.user.unrestricted &&
      this.transaction === undefined &&
      this.replyMode === 'on' &&
      !this.monitoring &&
      this.replica?.isAttached !== true &&
      (this.subscriptions === 0 || this.reply.protocol === 3);
  }
}

/** The other end, as CLIENT LIST tells it. In-process sessions cannot block. */
export interface Peer {
  readonly address: string;
  readonly localAddress: string;
  readonly canBlock: boolean;
  /** What CLIENT LIST tells of a socket; in-process sessions have none. */
  readonly socket?: PeerSocket;
  /** Called when bytes were written outside a command (pub/sub, unblocking): send them soon. */
  flush(): void;
  /** Ends the connection, at once or once everything is sent. */
  close(): void;
}

export interface PeerSocket {
  readonly descriptor: number;
  /** What its descriptor gives are the bytes themselves: no TLS. */
  readonly isPlain: boolean;
  /** Bytes received and not yet read as arguments; bytes of replies not yet sent. */
  readonly received: number;
  readonly unsent: number;
  /** Those of them that were not given to the socket yet. */
  readonly buffered: number;
  /** Bytes of arguments of a command that has not arrived whole. */
  readonly arguments: number;
  readonly buffers: ClientBuffers;
  /** All bytes that the client takes here. */
  readonly memory: number;
  /** Bytes that are no reply to a command: what replicas get. */
  write(bytes: Buffer): void;
  /** Ends the connection if more is left unread, or held for a replica, than its class may. */
  checkOutput(): void;
  /** Resolves when all that was written has been taken, or the connection has ended. */
  drained(): Promise<void>;
}

export interface Transaction {
  readonly queue: Args[];
  /** Bytes of the queued commands. */
  bytes: number;
  /** A command could not be queued: EXEC will refuse. */
  aborted: boolean;
  /** A queued command changes data: CLIENT PAUSE WRITE holds EXEC. */
  writes?: boolean;
  /** A queued command may need more memory: EXEC is refused where there is none. */
  needsMemory?: boolean;
}

/** What a blocked client waits for (blocking.ts). */
export interface Blocked extends Wait {
  /** Clock time it gives up at, 0 never. */
  readonly until: number;
  readonly since: number;
  readonly cancelTimer: () => void;
}

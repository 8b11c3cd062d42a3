import { Args } from '../../resp/args.js';
import { ReplyBuilder } from '../../resp/builder.js';
import { ReplyError } from '../../resp/reply.js';
import { ProtocolError, RequestDecoder } from '../../resp/request-decoder.js';
import { encodeWords } from '../../resp/request-encoder.js';
import type { Server } from '../server.js';
import type { Peer, Session } from '../session/session.js';
import type { PrimaryLink } from './primary-link.js';

/**
 * The stream of a primary: its commands are executed as they come, by a client that nothing is refused to, and handed
 * on byte by byte to the replicas of this server. The offset counts what has been executed: a transaction that has not
 * come whole is not part of it.
 */
export class PrimaryStream implements Peer {
  readonly canBlock = false;
  readonly session: Session;
  private readonly decoder = new RequestDecoder({ maxBulk: () => Number.MAX_SAFE_INTEGER });
  private readonly args = new Args();
  private readonly reply = new ReplyBuilder(2);
  /** Bytes received that were not handed on yet. */
  private unsent: Buffer[] = [];
  private unsentLength = 0;
  /** A command has been read and waits for CLIENT PAUSE to end. */
  private isHeld = false;
  /** The offset of the last byte received. */
  received: number;

  constructor(
    private readonly server: Server,
    private readonly link: PrimaryLink,
    /** Of the last byte that is part of the data. */
    public offset: number,
    database: number,
  ) {
    this.received = offset;
    this.session = server.openSession(this, this.reply);
    this.session.user = server.users.trusted;
    this.session.authenticated = true;
    this.session.isPrimary = true;
    this.session.db = server.keyspace.databases[database] ?? this.session.db;
    this.session.refresh();
  }

  get address(): string {
    return this.link.address;
  }

  get localAddress(): string {
    return this.link.localAddress;
  }

  /** Commands in the database the primary has selected go on there after a partial resynchronisation. */
  get database(): number {
    return this.session.db.number;
  }

  receive(chunk: Buffer): void {
    this.received += chunk.length;
    this.unsent.push(chunk);
    this.unsentLength += chunk.length;
    this.decoder.push(chunk);
    this.goOn();
  }

  private goOn(): void {
    try {
      this.execute();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.server.log('warning', `Protocol error (${error.message}) from master`);
      this.link.close();
    }
    this.handOn();
  }

  private execute(): void {
    const { decoder, args, server, session } = this;
    let follows = false;
    while (!session.closing && (this.isHeld || decoder.next(args))) {
      this.isHeld = server.pause.concernsCommands && server.dispatcher.isHeld(session, args);
      if (this.isHeld) return;
      server.dispatcher.dispatch(session, args, this.reply, follows);
      follows = true;
      this.dropReply();
      if (session.transaction === undefined) this.offset = this.received - decoder.pending;
    }
    if (session.transaction === undefined) this.offset = this.received - decoder.pending;
  }

  private dropReply(): void {
    for (const reply of this.reply.takeAll()) {
      if (!(reply instanceof ReplyError)) continue;
      const { lastCommand } = this.session;
      const command = lastCommand === undefined ? 'NULL' : this.server.commands.fullName(lastCommand);
      const text = `'${reply.message}' after processing the command '${command}'`;
      this.server.log('warning', `== CRITICAL == This replica is sending an error to its master: ${text}`);
    }
  }

  private handOn(): void {
    const waiting = this.received - this.offset;
    const length = this.unsentLength - waiting;
    if (length <= 0) return;
    const bytes = this.unsent.length === 1 ? this.unsent[0]! : Buffer.concat(this.unsent);
    this.unsent = waiting === 0 ? [] : [bytes.subarray(length)];
    this.unsentLength = waiting;
    this.server.replication.proxy(bytes.subarray(0, length));
  }

  /** REPLCONF ACK: how far this server is. */
  acknowledge(): void {
    this.link.write(encodeWords(['REPLCONF', 'ACK', String(this.offset)]));
  }

  /** Nothing it might be told is sent; a pause may be over. */
  flush(): void {
    this.reply.takeAll();
    if (this.isHeld) queueMicrotask(() => this.goOn());
  }

  /** CLIENT KILL. */
  close(): void {
    this.link.close();
  }

  /** The link has ended. */
  end(): void {
    this.session.closing = true;
    this.server.closeSession(this.session);
  }
}

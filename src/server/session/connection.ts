import type { Socket } from 'node:net';
import { formatAddress } from '../../net/address.js';
import { descriptorOf, writeNow } from '../../net/write-now.js';
import { Args } from '../../resp/args.js';
import { ProtocolError, RequestDecoder } from '../../resp/request-decoder.js';
import { ReplyWriter } from '../../resp/writer.js';
import { oneKey } from '../commands/command.js';
import type { Server } from '../server.js';
import { ClientBuffers } from './client-buffers.js';
import { stateMemory } from './client-memory.js';
import { drained } from './drained.js';
import { OutputLimitCheck } from './output-limit.js';
import { readNow } from './read-now.js';
import { logReplicaReply } from './replica-reply.js';
import { ReplyGate } from './reply-gate.js';
import type { Peer, PeerSocket, Session } from './session.js';

/**
 * A client over a socket: bytes in, commands in order, replies out in one write per chunk read. Stops
 * reading while the client is blocked, held or does not take its replies, so that memory stays bounded.
 */
export class Connection implements Peer, PeerSocket {
  readonly canBlock = true;
  readonly address: string;
  readonly localAddress: string;
  readonly session: Session;
  private readonly writer: ReplyWriter;
  private readonly decoder: RequestDecoder;
  private readonly args = new Args();
  private paused = false;
  /** A command has been read and waits for CLIENT PAUSE to end. */
  private waiting = false;
  readonly buffers: ClientBuffers;
  private readonly outputLimit: OutputLimitCheck;
  private readonly gate: ReplyGate | undefined;
  /** Since when its last replies are on their way. */
  private endingSince = 0;
  private flushing = false;
  /** What this connection has added to the server's `bufferMemory`. */
  private counted = 0;

  readonly stream: Socket;
  readonly descriptor: number;

  /** `accepted` has not begun to read, or has nobody to tell what it reads. */
  constructor(
    private readonly server: Server,
    accepted: Socket,
  ) {
    const adopted = server.reads.adopt(accepted, (length) => this.receiveShared(length));
    const stream = adopted ?? accepted;
    this.stream = stream;
    this.descriptor = descriptorOf(stream);
    const { remoteAddress, remotePort = 0, localAddress, localPort = 0 } = stream;
    const path = `${server.unixSocket ?? ''}:0`;
    this.address = remoteAddress ? formatAddress({ host: remoteAddress, port: remotePort }) : path;
    this.localAddress = localAddress ? formatAddress({ host: localAddress, port: localPort }) : this.address;
    this.writer = new ReplyWriter(server.outputRoom);
    this.session = server.openSession(this, this.writer);
    this.outputLimit = new OutputLimitCheck(this.session, server.settings);
    this.buffers = new ClientBuffers(this.session.connectedAt);
    this.gate = server.interceptor && new ReplyGate(server, server.interceptor, this);
    this.decoder = new RequestDecoder({
      maxBulk: () => server.settings.maxBulk,
      unauthenticated: () => this.session.mustLogIn,
      skipped: () => this.session.endSkip(),
    });
    stream.setNoDelay(true);
    if (adopted === undefined) {
      stream.on('data', (chunk: Buffer) => this.receive(chunk));
      stream.resume();
    }
    stream.on('drain', () => this.resume());
    stream.on('end', () => this.finish());
    stream.on('error', () => stream.destroy());
    stream.on('close', () => {
      // Of what it had sent behind a command that waits, nothing runs any more.
      this.session.closing = true;
      server.closeSession(this.session);
      server.bufferMemory -= this.counted;
      this.counted = 0;
    });
  }

  /** What the client takes at once is sent, of the rest nothing: it may never take it. */
  close(): void {
    // A snapshot that is cut off is of no use.
    const isUseless = this.session.replica?.isSyncing === true;
    if (!isUseless) this.finish();
    if (isUseless || this.stream.writableLength > 0) this.destroy();
  }

  /** The client sends no more, and hears what it has asked before. */
  private finish(): void {
    this.session.closing = true;
    this.send(true);
    this.end();
    this.server.closeSession(this.session);
  }

  destroy(): void {
    this.session.closing = true;
    this.stream.destroy();
    this.server.closeSession(this.session);
  }

  get socket(): PeerSocket {
    return this;
  }

  get isPlain(): boolean {
    return this.descriptor >= 0;
  }

  get received(): number {
    return this.decoder.unread;
  }

  get unsent(): number {
    return this.writer.length + this.stream.writableLength;
  }

  write(bytes: Buffer): void {
    const { stream, server } = this;
    this.send(true);
    if (!stream.writable) return;
    server.stats.bytesOut += bytes.length;
    stream.write(bytes);
    this.checkOutput();
  }

  drained(): Promise<void> {
    return drained(this.stream);
  }

  checkOutput(): void {
    if (this.isTooSlow(this.session.replica?.heldBytes ?? 0, this.server.keyspace.now)) this.cut();
  }

  get buffered(): number {
    return this.writer.length;
  }

  get arguments(): number {
    return this.decoder.pending - this.decoder.unread;
  }

  get memory(): number {
    const { query, reply } = this.buffers;
    // Replies are in the buffer that is counted for them, as far as they fit.
    return stateMemory(this.session) + query + Math.max(reply, this.unsent);
  }

  /** About once a second: has it been idle or slow for too long, are its buffers larger than they need be. */
  check(now: number): void {
    const { session, stream, server, decoder } = this;
    const { idleTimeout } = server.settings;
    const idle = now - session.lastActive;
    if (session.closing) {
      if (this.endingSince > 0 && now - this.endingSince > LINGER) this.destroy();
      return;
    }
    const waits =
      session.blocked !== undefined || session.replica?.isAttached || session.monitoring || session.subscriptions > 0;
    if (idleTimeout > 0 && idle > idleTimeout && !waits) this.close();
    else if (stream.writableLength > 0 && this.isTooSlow(0, now)) this.cut();
    this.buffers.resize(now, idle, decoder.capacity, server.replyBuffers);
    if (this.buffers.query === 0) decoder.release();
    if (this.buffers.query === 0 && decoder.pending === 0) this.args.reset(NOTHING, 0);
    if (server.settings.maxMemoryClients !== 0) server.clientEviction.update(this);
  }

  /** Bytes came from outside a command, or the client was unblocked: send, and read on, in this turn's end. */
  flush(): void {
    if (this.flushing) return;
    this.flushing = true;
    queueMicrotask(() => {
      this.flushing = false;
      this.process();
    });
  }

  /** While a script has the thread: reads and answers what has come. */
  readNow(): void {
    if (this.paused || this.waiting || this.session.blocked !== undefined || this.session.closing) return;
    const chunk = readNow(this.stream, this.descriptor);
    if (chunk === 'end') this.close();
    else if (chunk !== undefined) this.receive(chunk);
  }

  private receive(chunk: Buffer): void {
    this.decoder.push(chunk);
    this.arrived(chunk.length);
  }

  /** So many bytes lie at the start of the buffer that all connections share. True when all of them wait for others. */
  private receiveShared(length: number): boolean {
    this.decoder.lend(this.server.reads.area, length);
    this.server.effects.lend(this.server.reads.area);
    this.arrived(length);
    this.decoder.keep();
    return this.decoder.pending >= length;
  }

  private arrived(length: number): void {
    this.server.stats.bytesIn += length;
    this.server.stats.reads++;
    if (this.decoder.pending > this.server.settings.queryLimit) {
      this.server.log('warning', `Closing client that reached max query buffer length: ${clientName(this)}`);
      this.destroy();
      return;
    }
    this.buffers.received(this.decoder.pending, 0);
    this.process();
  }

  private process(): void {
    const { session, args, writer, server } = this;
    let follows = false;
    writer.limit = this.outputLimit.mostReply(this.stream.writableLength);
    const sendAt = Math.min(SEND_AT, writer.limit);
    try {
      while (session.blocked === undefined && !session.closing && (this.waiting || this.decoder.next(args))) {
        this.waiting = server.pause.concernsCommands && server.dispatcher.isHeld(session, args);
        if (this.waiting) {
          args.keep();
          break;
        }
        if (!this.run(follows, sendAt)) break;
        follows = true;
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (session.replyMode === 'on') writer.error(`ERR Protocol error: ${error.message}`);
      session.closing = true;
    } finally {
      server.effects.keep();
    }
    this.send(session.closing || server.dispatcher.script !== undefined);
    this.countBuffers();
    if (session.closing) this.end();
    else if (!session.blocked && !this.waiting) this.resumeReading();
    else if (this.decoder.pending > MAX_PENDING) this.pause();
    if (this.decoder.pending > 0) this.buffers.received(this.decoder.pending, this.decoder.capacity);
    if (server.settings.maxMemoryClients !== 0) server.clientEviction.update(this);
  }

  /** Runs the command that was read, and those that could be read with it; false when no more may be sent. */
  private run(follows: boolean, sendAt: number): boolean {
    const { session, args, writer, decoder, server } = this;
    const { dispatcher, readAhead } = server;
    const command = server.commands.find(args);
    if (this.gate !== undefined) {
      this.gate.run(command, args, writer, follows);
      return this.takesMore(sendAt);
    }
    const mayReadOn = command?.keys === oneKey && args.count > 1 && session.plain && !server.pause.concernsCommands;
    if (!mayReadOn || decoder.unread === 0) {
      dispatcher.dispatch(session, args, writer, follows, command);
      return this.takesMore(sendAt);
    }
    const count = readAhead.fill(args, command, decoder, session.db);
    const last = dispatcher.timesTogether ? count - 1 : 0;
    let takesMore = true;
    let done = 0;
    while (done < count && takesMore && session.blocked === undefined && !session.closing) {
      const next = readAhead.commands[done];
      dispatcher.dispatch(session, readAhead.args[done]!, writer, follows || done > 0, next, done < last);
      takesMore = this.takesMore(sendAt);
      done++;
    }
    dispatcher.settle();
    if (done < count) readAhead.rewind(done, decoder);
    return takesMore;
  }

  /** False when the client does not take the replies that there are. */
  private takesMore(sendAt: number): boolean {
    const { writer } = this;
    return (writer.length <= sendAt && !writer.full) || this.send(true);
  }

  sendNow(): void {
    this.send(true);
  }

  /** What was held back until the turn's end. */
  release(): void {
    const { writer } = this;
    if ((writer.length > 0 || writer.full) && this.maySend()) this.transmit();
    this.countBuffers();
  }

  /**
   * False when the client takes no more for now, or is gone. While effects wait to be written to the append-only
   * file, replies wait for the end of the turn with them, unless they are wanted `now`.
   */
  private send(now = false): boolean {
    const { writer, server } = this;
    if (writer.length === 0 && !writer.full) return !this.paused;
    if (!this.maySend()) return false;
    if (!now && writer.length <= HELD) {
      writer.park();
      server.turn.hold(this);
      return !this.paused;
    }
    const { appender } = server.appendOnlyFile;
    if (appender.isBehind) appender.settle();
    return this.transmit();
  }

  /** Ends the connection of a client that has too much to take. */
  private maySend(): boolean {
    const { writer } = this;
    if (!writer.full && !this.isTooSlow(writer.length, this.server.keyspace.now)) return true;
    this.cut();
    return false;
  }

  private transmit(): boolean {
    const { writer, stream } = this;
    if (this.session.replica?.isAttached === true) return this.refuseReply();
    const bytes = this.gate?.pass(writer.take()) ?? writer.take();
    this.buffers.replied(bytes.length);
    this.server.stats.bytesOut += bytes.length;
    this.server.stats.writes++;
    const sent = writeNow(stream, this.descriptor, bytes);
    const rest = sent === bytes.length ? undefined : bytes.subarray(sent);
    const taken = rest === undefined || !stream.writable || stream.write(rest) || stream.writableLength < MAX_UNREAD;
    this.outputLimit.replied(bytes.length, stream.writableLength);
    if (stream.writableLength === 0) writer.release();
    else writer.leave();
    if (!taken) this.pause();
    return !this.paused;
  }

  /** The stream has no place for replies. */
  private refuseReply(): boolean {
    logReplicaReply(this.server, this.session, this.writer.take());
    this.destroy();
    return false;
  }

  /** Whether the client has left more unread than it may, `more` bytes included. */
  private isTooSlow(more: number, now: number): boolean {
    return this.outputLimit.isOver(this.stream.writableLength, more, now);
  }

  /** Once everything is sent. */
  private end(): void {
    if (this.endingSince > 0 || this.gate?.isHolding === true) return;
    this.endingSince = this.server.clock.now();
    this.stream.destroySoon();
  }

  /** Ends the connection without sending anything more. */
  private cut(): void {
    if (this.session.closing && this.stream.destroyed) return;
    this.server.log('warning', `Client ${clientName(this)} closed for overcoming of output buffer limits.`);
    this.destroy();
  }

  private countBuffers(): void {
    if (this.stream.destroyed) return;
    const bytes = this.decoder.pending + this.unsent;
    this.server.bufferMemory += bytes - this.counted;
    this.counted = bytes;
  }

  private pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.stream.pause();
  }

  private resume(): void {
    this.outputLimit.replied(0, 0);
    this.resumeReading();
    this.process();
  }

  private resumeReading(): void {
    if (!this.paused || this.stream.writableNeedDrain) return;
    this.paused = false;
    this.stream.resume();
  }
}

const clientName = ({ session, address }: Connection) => `id=${session.id} addr=${address} name=${session.name}`;

const SEND_AT = 256 * 1024;
/** What may wait for the end of a turn. */
const HELD = 32 * 1024;
/** Replies that wait for a client before no more of its commands are read. */
const MAX_UNREAD = 16 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);
/** Milliseconds in which a client has to take its last replies. */
const LINGER = 60_000;
/** What a blocked client may send ahead. */
const MAX_PENDING = 1024 * 1024;

import type { Socket } from 'node:net';
import { formatAddress } from '../../net/address.js';
import { descriptorOf } from '../../net/write-now.js';
import { Args } from '../../resp/args.js';
import { ProtocolError, RequestDecoder } from '../../resp/request-decoder.js';
import { ReplyWriter } from '../../resp/writer.js';
import { oneKey } from '../commands/command.js';
import type { Server } from '../server.js';
import { ClientBuffers } from './client-buffers.js';
import { stateMemory } from './client-memory.js';
import { drained } from './drained.js';
import { Outgoing } from './outgoing.js';
import { readNow } from './read-now.js';
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
  /** It takes no more for now: until it does, nothing more is read from it. */
  isPaused = false;
  /** It sends no more. */
  private hasEnded = false;
  /** A command has been read and waits for CLIENT PAUSE to end. */
  private waiting = false;
  readonly buffers: ClientBuffers;
  private readonly outgoing: Outgoing;
  private readonly gate: ReplyGate | undefined;
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
    this.buffers = new ClientBuffers(this.session.connectedAt);
    this.gate = server.interceptor && new ReplyGate(server, server.interceptor, this);
    this.outgoing = new Outgoing(server, this, this.writer, this.gate);
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
    stream.on('end', () => this.ended());
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

  /** The client sends no more; over TLS that is told also of a stream that is not read. */
  private ended(): void {
    this.hasEnded = true;
    if (!this.outgoing.isStuck) this.finish();
  }

  /** It hears what it has asked before. */
  private finish(): void {
    this.session.closing = true;
    this.outgoing.send('soon');
    this.leave();
  }

  /** Nothing more is said to it but what is there. */
  private leave(): void {
    this.outgoing.end();
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
    return this.outgoing.unsent;
  }

  write(bytes: Buffer): void {
    this.outgoing.write(bytes);
  }

  get place(): number {
    return this.outgoing.place;
  }

  release(upTo?: number): void {
    this.outgoing.release(upTo);
  }

  drained(): Promise<void> {
    return drained(this.stream);
  }

  checkOutput(): void {
    this.outgoing.check();
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
    const { session, stream, server, decoder, outgoing } = this;
    const { idleTimeout } = server.settings;
    const idle = now - session.lastActive;
    if (session.closing) {
      if (outgoing.hasLingered(now)) this.destroy();
      return;
    }
    const waits =
      session.blocked !== undefined || session.replica?.isAttached || session.monitoring || session.subscriptions > 0;
    if (idleTimeout > 0 && idle > idleTimeout && !waits) this.close();
    else if (stream.writableLength > 0 && outgoing.isTooSlow(0, now)) outgoing.cut();
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
    if (this.isPaused || this.waiting || this.session.blocked !== undefined || this.session.closing) return;
    const chunk = readNow(this.stream, this.descriptor);
    if (chunk === 'end') this.close();
    else if (chunk !== undefined) this.receive(chunk);
    else if (this.decoder.pending > 0) this.process();
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
      this.server.log('warning', `Closing client that reached max query buffer length: ${this.title}`);
      this.destroy();
      return;
    }
    this.buffers.received(this.decoder.pending, 0);
    this.process();
  }

  private process(): void {
    const { session, args, writer, server, outgoing } = this;
    let follows = false;
    const sendAt = outgoing.begin();
    try {
      while (this.goesOn && (this.waiting || this.decoder.next(args))) {
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
    outgoing.send(server.dispatcher.script !== undefined ? 'now' : session.closing ? 'soon' : 'later');
    this.countBuffers();
    if (session.closing) this.leave();
    else if (this.hasEnded && !outgoing.isStuck) this.finish();
    else if (!session.blocked && !this.waiting) this.resumeReading();
    else if (this.decoder.pending > MAX_PENDING) this.pause();
    if (this.decoder.pending > 0) this.buffers.received(this.decoder.pending, this.decoder.capacity);
    if (server.settings.maxMemoryClients !== 0) server.clientEviction.update(this);
  }

  private get goesOn(): boolean {
    const { session, outgoing } = this;
    return session.blocked === undefined && !session.closing && !outgoing.isStuck;
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

  /** False when it has to take the replies that there are, or to wait for them, first. */
  private takesMore(sendAt: number): boolean {
    const { writer } = this;
    return (
      (writer.length <= sendAt && !writer.full) ||
      this.outgoing.send(this.server.dispatcher.script === undefined ? 'soon' : 'now')
    );
  }

  sendNow(): void {
    this.outgoing.send('now');
  }

  countBuffers(): void {
    if (this.stream.destroyed) return;
    const bytes = this.decoder.pending + this.unsent;
    this.server.bufferMemory += bytes - this.counted;
    this.counted = bytes;
  }

  pause(): void {
    this.isPaused = true;
    this.stream.pause();
  }

  private resume(): void {
    this.outgoing.drained();
    this.resumeReading();
    this.process();
  }

  private resumeReading(): void {
    if (!this.isPaused || this.stream.writableNeedDrain) return;
    this.isPaused = false;
    if (!this.outgoing.isStuck) this.stream.resume();
  }

  get title(): string {
    const { session, address } = this;
    return `id=${session.id} addr=${address} name=${session.name}`;
  }
}

const NOTHING = Buffer.alloc(0);
/** What a blocked client may send ahead. */
const MAX_PENDING = 1024 * 1024;

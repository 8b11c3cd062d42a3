import type { Socket } from 'node:net';
import { Args } from '../../resp/args.js';
import { ProtocolError, RequestDecoder } from '../../resp/request-decoder.js';
import { ReplyWriter } from '../../resp/writer.js';
import type { Server } from '../server.js';
import type { OutputLimit } from '../settings.js';
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
  /** Since when more is unsent than the soft limit allows. */
  private overSoftLimit = 0;
  private flushing = false;
  /** What this connection has added to the server's `bufferMemory`. */
  private counted = 0;

  constructor(
    private readonly server: Server,
    private readonly stream: Socket,
  ) {
    this.address = stream.remoteAddress
      ? hostPort(stream.remoteAddress, stream.remotePort)
      : `${server.unixSocket ?? ''}:0`;
    this.localAddress = stream.localAddress ? hostPort(stream.localAddress, stream.localPort) : this.address;
    this.writer = new ReplyWriter(server.outputRoom);
    this.session = server.openSession(this, this.writer);
    this.decoder = new RequestDecoder({
      maxBulk: () => server.settings.maxBulk,
      unauthenticated: () => this.session.mustLogIn,
    });
    stream.setNoDelay(true);
    stream.on('data', (chunk: Buffer) => this.receive(chunk));
    stream.on('drain', () => this.resume());
    stream.on('end', () => this.close());
    stream.on('error', () => stream.destroy());
    stream.on('close', () => {
      server.closeSession(this.session);
      server.bufferMemory -= this.counted;
      this.counted = 0;
    });
  }

  close(): void {
    this.session.closing = true;
    this.send(true);
    this.stream.destroySoon();
  }

  destroy(): void {
    this.session.closing = true;
    this.stream.destroy();
  }

  get socket(): PeerSocket {
    return this;
  }

  get descriptor(): number {
    return (this.stream as unknown as { _handle?: { fd?: number } })._handle?.fd ?? -1;
  }

  get received(): number {
    return this.decoder.pending;
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
    const { stream } = this;
    if (!stream.writableNeedDrain || stream.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = () => {
        stream.off('drain', settle);
        stream.off('close', settle);
        resolve();
      };
      stream.on('drain', settle);
      stream.on('close', settle);
    });
  }

  /** Disconnects a client that leaves too much unread, or for which too much is held. */
  checkOutput(): void {
    if (this.isTooSlow(this.stream.writableLength + (this.session.replica?.heldBytes ?? 0))) this.destroy();
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

  private receive(chunk: Buffer): void {
    this.server.stats.bytesIn += chunk.length;
    this.server.stats.reads++;
    this.decoder.push(chunk);
    this.process();
  }

  private process(): void {
    const { session, args, writer, server } = this;
    let follows = false;
    try {
      while (session.blocked === undefined && !session.closing && (this.waiting || this.decoder.next(args))) {
        this.waiting = server.pause.active && server.dispatcher.isHeld(session, args);
        if (this.waiting) break;
        server.dispatcher.dispatch(session, args, writer, follows);
        follows = true;
        if (writer.length > SEND_AT && !this.send(true)) break;
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      writer.error(`ERR Protocol error: ${error.message}`);
      session.closing = true;
    }
    this.send(session.closing);
    this.countBuffers();
    if (session.closing) this.stream.destroySoon();
    else if (!session.blocked && !this.waiting) this.resumeReading();
    else if (this.decoder.pending > MAX_PENDING) this.pause();
  }

  /** What was held back until effects are in the append-only file. */
  release(): void {
    this.send(true);
    this.countBuffers();
  }

  /**
   * False when the client is slow: it gets no more until it has drained. While effects wait to be written to the
   * append-only file, replies wait for the end of the turn with them, unless they are wanted `now`.
   */
  private send(now = false): boolean {
    const { writer, stream, server } = this;
    if (writer.length === 0) return !this.paused;
    if (server.appendOnlyFile.bufferLength > 0) {
      if (!now) {
        server.turn.hold(this);
        return !this.paused;
      }
      server.appendOnlyFile.flush();
    }
    if (this.session.replica?.isAttached === true) return this.refuseReply();
    const bytes = writer.take();
    this.server.stats.bytesOut += bytes.length;
    this.server.stats.writes++;
    const taken = !stream.writable || stream.write(bytes);
    // A socket that could take all at once has passed it to the system by now.
    if (stream.writableLength === 0) writer.release();
    if (taken) return !this.paused;
    if (this.isTooSlow(stream.writableLength)) this.destroy();
    else this.pause();
    return false;
  }

  /** The stream has no place for replies. */
  private refuseReply(): boolean {
    const { lastCommand, replica } = this.session;
    const command = lastCommand === undefined ? 'NULL' : this.server.commands.fullName(lastCommand);
    this.writer.take();
    this.server.log(
      'warning',
      `Replica generated a reply to command '${command}', disconnecting it: ${replica?.name ?? ''}`,
    );
    this.destroy();
    return false;
  }

  /** Whether the client has left more unread than its class may (client-output-buffer-limit). */
  private isTooSlow(unsent: number): boolean {
    const { settings, keyspace, log } = this.server;
    const name =
      this.session.subscriptions > 0
        ? 'pubsub'
        : this.session.monitoring || this.session.replica?.isAttached
          ? 'slave'
          : 'normal';
    const limit: OutputLimit = settings.outputLimits[name] ?? { hard: 0, soft: 0, seconds: 0 };
    if (limit.soft === 0 || unsent <= limit.soft) this.overSoftLimit = 0;
    else if (this.overSoftLimit === 0) this.overSoftLimit = keyspace.now;
    const softOver = this.overSoftLimit > 0 && keyspace.now - this.overSoftLimit > limit.seconds * 1000;
    const tooSlow = softOver || unsent > (limit.hard || settings.outputLimit);
    if (tooSlow) log('warning', `Client ${this.address} closed for overcoming of output buffer limits.`);
    return tooSlow;
  }

  private countBuffers(): void {
    if (this.stream.destroyed) return;
    const bytes = this.received + this.unsent;
    this.server.bufferMemory += bytes - this.counted;
    this.counted = bytes;
  }

  private pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.stream.pause();
  }

  private resume(): void {
    this.resumeReading();
    this.process();
  }

  private resumeReading(): void {
    if (!this.paused || this.stream.writableNeedDrain) return;
    this.paused = false;
    this.stream.resume();
  }
}

const SEND_AT = 256 * 1024;
/** What a blocked client may send ahead. */
const MAX_PENDING = 1024 * 1024;

function hostPort(host: string, port: number | undefined): string {
  return host.includes(':') ? `[${host}]:${port ?? 0}` : `${host}:${port ?? 0}`;
}

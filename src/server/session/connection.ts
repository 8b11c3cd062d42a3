import type { Socket } from 'node:net';
import { Args } from '../../resp/args.js';
import { ProtocolError, RequestDecoder } from '../../resp/request-decoder.js';
import { ReplyWriter } from '../../resp/writer.js';
import type { Server } from '../server.js';
import type { Peer, Session } from './session.js';

/**
 * A client over a socket: bytes in, commands in order, replies out in one write per chunk read. Stops
 * reading while the client is blocked or does not take its replies, so that memory stays bounded.
 */
export class Connection implements Peer {
  readonly canBlock = true;
  readonly address: string;
  readonly localAddress: string;
  readonly session: Session;
  private readonly writer = new ReplyWriter();
  private readonly decoder: RequestDecoder;
  private readonly args = new Args();
  private paused = false;
  private flushing = false;

  constructor(
    private readonly server: Server,
    private readonly socket: Socket,
  ) {
    this.address = socket.remoteAddress
      ? hostPort(socket.remoteAddress, socket.remotePort)
      : `${server.unixSocket ?? ''}:0`;
    this.localAddress = socket.localAddress ? hostPort(socket.localAddress, socket.localPort) : this.address;
    this.session = server.openSession(this, this.writer);
    this.decoder = new RequestDecoder({
      maxBulk: () => server.settings.maxBulk,
      unauthenticated: () => !this.session.authenticated,
    });
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('drain', () => this.resume());
    socket.on('end', () => this.close());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => server.closeSession(this.session));
  }

  close(): void {
    this.session.closing = true;
    this.send();
    this.socket.end();
  }

  destroy(): void {
    this.session.closing = true;
    this.socket.destroy();
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
    this.decoder.push(chunk);
    this.process();
  }

  private process(): void {
    const { session, args, writer, server } = this;
    try {
      while (session.blocked === undefined && !session.closing && this.decoder.next(args)) {
        server.dispatcher.dispatch(session, args, writer);
        if (writer.length > SEND_AT && !this.send()) break;
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      writer.error(`ERR Protocol error: ${error.message}`);
      session.closing = true;
    }
    this.send();
    if (session.closing) this.socket.end();
    else if (session.blocked && this.decoder.pending > MAX_PENDING) this.pause();
    else if (!session.blocked) this.resumeReading();
  }

  /** False when the client is slow: it gets no more until it has drained. */
  private send(): boolean {
    const { writer, socket } = this;
    if (writer.length === 0) return !this.paused;
    const bytes = writer.take();
    this.server.stats.bytesOut += bytes.length;
    if (!socket.writable || socket.write(bytes)) return !this.paused;
    if (socket.writableLength > this.server.settings.outputLimit) this.destroy();
    else this.pause();
    return false;
  }

  private pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.socket.pause();
  }

  private resume(): void {
    this.resumeReading();
    this.process();
  }

  private resumeReading(): void {
    if (!this.paused || this.socket.writableNeedDrain) return;
    this.paused = false;
    this.socket.resume();
  }
}

const SEND_AT = 256 * 1024;
/** What a blocked client may send ahead. */
const MAX_PENDING = 1024 * 1024;

function hostPort(host: string, port: number | undefined): string {
  return host.includes(':') ? `[${host}]:${port ?? 0}` : `${host}:${port ?? 0}`;
}

import type { Socket } from 'node:net';
import type { Clock } from '../../core/clock.js';
import { SharedReads } from '../../net/shared-reads.js';
import { descriptorOf, writeNow } from '../../net/write-now.js';
import type { Reply } from '../../resp/reply.js';
import { Push, ReplyDecoder } from '../../resp/reply-decoder.js';
import type { LinkErrorKind } from '../link.js';
import { CommandWriter } from './command-writer.js';
import type { Exchange } from './exchange.js';
import { Fifo } from './fifo.js';

/** Commands without an answer on one connection; more are refused. */
const MOST_IN_FLIGHT = 100_000;
/** Bytes the socket may hold back; then commands are refused. */
const MOST_UNSENT = 64 * 1024 * 1024;
/** Bytes that are written without waiting for the tick's end, so that the server works meanwhile. */
const WRITTEN_AT_ONCE = 2 * 1024;

/** Replies of all servers: what is kept of them is copied out. Node's own buffers have this size. */
const reads = new SharedReads(64 * 1024);

export interface SessionEvents {
  /** Replies came. */
  answered(): void;
  /** The connection is gone; everything that waited on it has been failed. */
  closed(): void;
}

/**
 * One connection after its handshake: commands go out in order, one write a tick, and replies come back in
 * the same order. It ends with the socket and is never used again.
 */
export class Session {
  readonly #socket: Socket;
  readonly #descriptor: number;
  readonly #writer = new CommandWriter();
  readonly #decoder = new ReplyDecoder();
  readonly #pending = new Fifo<Exchange>();
  #unwritten: Exchange[] = [];
  #inFlight = 0;
  #lastReply = 0;
  #ending: { kind: LinkErrorKind; why: string } | undefined;
  #closed = false;

  constructor(
    dialled: Socket,
    private readonly clock: Clock,
    private readonly events: SessionEvents,
  ) {
    const socket = this.#readFrom(dialled);
    this.#socket = socket;
    this.#descriptor = descriptorOf(socket);
    socket.on('error', (error) => (this.#ending ??= { kind: 'connection', why: `connection lost: ${error.message}` }));
    socket.once('end', () => this.#close('connection', 'the server closed the connection'));
    socket.once('close', () => this.#close('connection', 'connection closed'));
  }

  get idle(): boolean {
    return this.#pending.length === 0;
  }

  /** Whether `count` more commands would be too many. */
  full(count: number): boolean {
    return this.#inFlight + count > MOST_IN_FLIGHT || this.#socket.writableLength > MOST_UNSENT;
  }

  send(exchange: Exchange): void {
    try {
      this.#writer.add(exchange.commands);
    } catch (error) {
      exchange.refuse(error);
      return;
    }
    this.#pending.push(exchange);
    this.#inFlight += exchange.commands.length;
    if (this.#unwritten.push(exchange) === 1) process.nextTick(this.#flush);
    if (this.#writer.length >= WRITTEN_AT_ONCE) this.#flush();
  }

  /** Fails what has passed its deadline, and the connection when the server has been silent too long. */
  sweep(now: number, timeout: number): void {
    this.#pending.forEach((exchange) => {
      if (!exchange.settled && exchange.deadline <= now) exchange.fail('timeout', 'no answer in time');
    });
    const oldest = this.#pending.peek();
    if (oldest === undefined || !oldest.written) return;
    const silent = now - Math.max(oldest.sentAt, this.#lastReply);
    if (silent >= timeout) this.end('timeout', `no answer for ${timeout} ms`);
  }

  /** Closes the connection and fails what waits on it. */
  end(kind: LinkErrorKind, why: string): void {
    this.#close(kind, why);
  }

  readonly #flush = (): void => {
    if (this.#closed || this.#unwritten.length === 0) return;
    const now = this.clock.now();
    for (const exchange of this.#unwritten) {
      exchange.written = true;
      exchange.sentAt = now;
    }
    this.#unwritten = [];
    const bytes = this.#writer.take();
    const sent = writeNow(this.#socket, this.#descriptor, bytes);
    if (sent < bytes.length) this.#socket.write(bytes.subarray(sent));
    this.#writer.reuse(this.#socket.writableLength === 0);
  };

  /** The handshake has read all that came. From here on it is read without a buffer for each read, where that can be. */
  #readFrom(dialled: Socket): Socket {
    dialled.pause();
    const shared = reads.adopt(dialled, (length) => {
      this.#receive(reads.area.bytes.subarray(0, length));
      return true;
    });
    if (shared === undefined) dialled.on('data', (chunk: Buffer) => this.#receive(chunk));
    const socket = shared ?? dialled;
    socket.resume();
    return socket;
  }

  #receive(chunk: Buffer): void {
    if (this.#closed) return;
    try {
      for (const reply of this.#decoder.push(chunk)) if (!(reply instanceof Push)) this.#accept(reply);
    } catch (error) {
      this.#close('connection', `the server does not speak RESP: ${(error as Error).message}`);
      return;
    }
    this.#lastReply = this.clock.now();
    this.events.answered();
  }

  #accept(reply: Reply): void {
    const exchange = this.#pending.peek();
    if (exchange === undefined) throw new Error('a reply that nobody asked for');
    this.#inFlight--;
    if (exchange.accept(reply)) this.#pending.shift();
  }

  #close(kind: LinkErrorKind, why: string): void {
    if (this.#closed) return;
    this.#closed = true;
    const end = this.#ending ?? { kind, why };
    this.#socket.destroy();
    this.#pending.forEach((exchange) => {
      exchange.fail(end.kind, end.why);
    });
    this.#pending.clear();
    this.events.closed();
  }
}

import type { Socket } from 'node:net';
import type { Clock } from '../core/clock.js';
import { type Connection, sayGoodbye } from './connections.js';
import { type FrameDecoder, FramingError, OtherProtocol } from './framing.js';
import { SharedReads } from './shared-reads.js';
import { type Held, TurnEnd } from './turn-end.js';
import { descriptorOf, writeNow } from './write-now.js';

/**
 * A connection of a protocol with one reply per request, in order, however many are under way: what
 * socketmap, tcp-table and their like have in common.
 *
 * Bounds: past `maxPipeline` unanswered requests, or `maxUnsent` bytes the peer has not taken, nothing more
 * is read or decoded. A peer that half-closes gets its answers first. Bytes that cannot be a request close
 * the connection after the answers before them.
 *
 * Speed: no timer and no promise of its own per request; answers that become ready in the same turn of the event loop
 * go out in one write at its end, past the stream.
 */
export interface RequestProtocol<Request = Buffer> {
  /** Read anew at each use: a reload may replace it. */
  readonly limits: RequestLimits;
  createDecoder(): FrameDecoder<Request>;
  /** Calls `reply` exactly once, now or later, with the whole answer as it goes on the wire. Never throws. */
  answer(request: Request, reply: (answer: Buffer) => void): void;
  /** What to say before closing on bytes that are no request; null: nothing. */
  refusal(error: FramingError): Buffer | null;
  /** Takes the socket over, with what was read of it and not understood (OtherProtocol); its `resume` reads on. */
  handOver?(connection: Connection, socket: Socket, rest: Buffer): void;
  /** Says in the answer that the connection is closed behind it. */
  asLast?(answer: Buffer): Buffer;
}

export interface RequestLimits {
  readonly maxPipeline: number;
  /** In bytes; what the operating system buffers comes on top. Not below one socket high-water mark. */
  readonly maxUnsent: number;
}

/** Requests are short: they are read there or copied out, which costs less than a buffer of 64 KiB for every read. */
const reads = new SharedReads();

const turnEnd = new TurnEnd();

/** Answers are gathered up to this many bytes, then written even while more requests are at hand. */
const WRITE_AT = 65_536;

/** One request's place in the order of answers. */
interface Slot {
  answer: Buffer | undefined;
  next: Slot | undefined;
}

export class RequestConnection<Request = Buffer> implements Connection, Held {
  lastActivity: number;
  readonly #socket: Socket;
  readonly #descriptor: number;
  readonly #protocol: RequestProtocol<Request>;
  readonly #clock: Clock;
  readonly #decoder: FrameDecoder<Request>;
  /** Unanswered requests, oldest first. */
  #first: Slot | undefined;
  #last: Slot | undefined;
  #waiting = 0;
  #ready: Buffer[] = [];
  #readyBytes = 0;
  #held = false;
  #pumping = false;
  /** The decoder may hold whole requests that a limit kept from being taken. */
  #stalled = false;
  #paused = false;
  /** More than `maxUnsent` bytes wait for the peer. */
  #unsent = false;
  #peerEnded = false;
  #draining = false;
  /** Set once no request is taken any more; the words to end with. */
  #lastWords: Buffer | null | undefined;
  #closed = false;
  /** What the other protocol begins with. */
  #rest: Buffer | undefined;
  #isHandedOver = false;

  constructor(
    accepted: Socket,
    protocol: RequestProtocol<Request>,
    clock: Clock,
    onClose: (connection: RequestConnection<Request>) => void,
  ) {
    const shared = reads.adopt(accepted, (length) => {
      if (this.#isHandedOver) this.#socket.emit('data', reads.taken(length));
      else this.#receiveShared(length);
    });
    const socket = shared ?? accepted;
    this.#socket = socket;
    this.#descriptor = descriptorOf(socket);
    this.#protocol = protocol;
    this.#clock = clock;
    this.#decoder = protocol.createDecoder();
    this.lastActivity = clock.now();
    if (shared === undefined) socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => this.#end());
    socket.on('drain', () => this.#drained());
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.#closed = true;
      onClose(this);
    });
    socket.resume();
  }

  get idle(): boolean {
    return this.#waiting === 0;
  }

  drain(): void {
    if (this.#draining || this.#closed) return;
    this.#draining = true;
    this.#socket.pause();
    if (this.#waiting > 0 || this.#stalled) return;
    this.#flush();
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    if (!this.#takesBytes) return;
    this.lastActivity = this.#clock.now();
    this.#decoder.push(chunk);
    this.#pump();
  }

  #receiveShared(length: number): void {
    const decoder = this.#decoder;
    if (decoder.lend === undefined) {
      this.#receive(reads.taken(length));
      return;
    }
    if (!this.#takesBytes) return;
    this.lastActivity = this.#clock.now();
    decoder.lend(reads.area.bytes, length);
    this.#pump();
    decoder.keep?.();
  }

  get #takesBytes(): boolean {
    return this.#lastWords === undefined && !this.#draining && !this.#closed;
  }

  #end(): void {
    this.#peerEnded = true;
    this.#closeWhenDone();
  }

  #drained(): void {
    this.lastActivity = this.#clock.now();
    this.#unsent = false;
    this.#pump();
  }

  /** Takes as many requests as the limits allow, and reads on when there is room for more. */
  #pump(): void {
    if (this.#pumping || this.#closed) return;
    this.#pumping = true;
    this.#stalled = this.#lastWords === undefined && !this.#takeRequests();
    this.#pumping = false;
    if (this.#readyBytes > 0) this.#hold();
    else this.#closeWhenDone();
    if (this.#stalled !== this.#paused && !this.#draining && !this.#closed) this.#setPaused(this.#stalled);
  }

  #setPaused(paused: boolean): void {
    this.#paused = paused;
    if (paused) this.#socket.pause();
    else this.#socket.resume();
  }

  /** True when the decoder has no whole request left; false when a limit stopped it. */
  #takeRequests(): boolean {
    const { limits } = this.#protocol;
    try {
      while (this.#waiting < limits.maxPipeline && !this.#unsent) {
        const request = this.#decoder.next();
        if (request === null) return true;
        this.#take(request);
        if (this.#readyBytes >= WRITE_AT) this.#write();
      }
      return false;
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      if (error instanceof OtherProtocol) {
        this.#rest = error.rest;
        return false;
      }
      this.#lastWords = this.#protocol.refusal(error);
      return true;
    }
  }

  #take(request: Request): void {
    const slot: Slot = { answer: undefined, next: undefined };
    if (this.#last === undefined) this.#first = slot;
    else this.#last.next = slot;
    this.#last = slot;
    this.#waiting++;
    this.#protocol.answer(request, (answer) => this.#settle(slot, answer));
  }

  #settle(slot: Slot, answer: Buffer): void {
    slot.answer = answer;
    if (slot !== this.#first || this.#closed) return;
    this.lastActivity = this.#clock.now();
    this.#collect();
    if (this.#pumping) return;
    if (this.#stalled) this.#pump();
    else this.#hold();
  }

  /** Moves the answers whose turn has come to the output. */
  #collect(): void {
    let slot = this.#first;
    while (slot?.answer !== undefined) {
      const isLast = this.#draining && slot.next === undefined && (!this.#stalled || this.#rest !== undefined);
      const answer = isLast && this.#protocol.asLast !== undefined ? this.#protocol.asLast(slot.answer) : slot.answer;
      this.#ready.push(answer);
      this.#readyBytes += answer.length;
      this.#waiting--;
      slot = slot.next;
    }
    this.#first = slot;
    if (slot === undefined) this.#last = undefined;
  }

  #hold(): void {
    if (this.#held) return;
    this.#held = true;
    turnEnd.hold(this);
  }

  /** The turn has ended. */
  release(): void {
    this.#held = false;
    this.#flush();
  }

  #flush(): void {
    if (this.#closed) return;
    this.#write();
    this.#closeWhenDone();
  }

  #write(): void {
    const ready = this.#ready;
    if (ready.length === 0) return;
    this.#ready = [];
    this.#readyBytes = 0;
    const bytes = ready.length === 1 ? (ready[0] as Buffer) : Buffer.concat(ready);
    const sent = writeNow(this.#socket, this.#descriptor, bytes);
    if (sent === bytes.length) return;
    const flowing = this.#socket.write(bytes.subarray(sent));
    if (!flowing && this.#socket.writableLength > this.#protocol.limits.maxUnsent) this.#unsent = true;
  }

  #closeWhenDone(): void {
    if (this.#closed || this.#waiting > 0 || this.#ready.length > 0) return;
    if (this.#lastWords !== undefined) this.#close(this.#lastWords);
    else if (this.#draining && (!this.#stalled || this.#rest !== undefined)) this.#close(null);
    else if (this.#rest !== undefined) this.#handOver(this.#rest);
    else if (this.#peerEnded && !this.#stalled) this.#socket.destroySoon();
  }

  #handOver(rest: Buffer): void {
    this.#closed = true;
    this.#isHandedOver = true;
    this.#protocol.handOver?.(this, this.#socket, rest);
  }

  #close(lastWords: Buffer | null): void {
    this.#closed = true;
    sayGoodbye(this.#socket, lastWords, this.#clock);
  }
}

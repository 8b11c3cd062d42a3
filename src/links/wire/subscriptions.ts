import type { Socket } from 'node:net';
import { type Bytes, toBuffer } from '../../core/bytes.js';
import type { Cancel } from '../../core/clock.js';
import type { Reply } from '../../resp/reply.js';
import { Push, ReplyDecoder } from '../../resp/reply-decoder.js';
import { type CallOptions, LinkError } from '../link.js';
import { CommandWriter } from './command-writer.js';
import { linkClosed } from './failures.js';
import { Redialer } from './redialer.js';
import type { LinkContext, Target } from './target.js';

type Listener = (message: Buffer) => void;

/** A channel by its bytes, one character each. */
type ChannelName = string;

interface Channel {
  readonly name: Buffer;
  readonly listeners: Set<Listener>;
  confirmed: boolean;
  readonly awaiting: Set<(error: LinkError | undefined) => void>;
}

/**
 * Subscriptions of a link, on a connection of their own that opens with the first and closes with the last.
 * All are made again after it was lost; messages of that time are lost, as Redis has it. A connection that
 * answers no PING within `timeout` counts as lost.
 */
export class Subscriptions {
  readonly #channels = new Map<ChannelName, Channel>();
  #line: Line | undefined;

  constructor(
    private readonly chooseTarget: () => Target,
    private readonly context: LinkContext,
  ) {}

  /** Resolves once the server has confirmed, with the function that ends it. */
  async subscribe(channel: Bytes, onMessage: Listener, options: CallOptions): Promise<() => Promise<void>> {
    const name = toBuffer(channel);
    const key = name.latin1Slice();
    const entry = this.#channels.get(key) ?? { name, listeners: new Set(), confirmed: false, awaiting: new Set() };
    // Two subscriptions with one function are two.
    const listener: Listener = (message) => onMessage(message);
    const isNew = !this.#channels.has(key);
    this.#channels.set(key, entry);
    entry.listeners.add(listener);
    const end = async () => this.#remove(key, entry, listener);
    try {
      const confirmation = entry.confirmed ? undefined : this.#confirmed(entry, options);
      this.#open();
      if (isNew) this.#line?.send(['SUBSCRIBE', name]);
      await confirmation;
    } catch (error) {
      await end();
      throw error;
    }
    return end;
  }

  /** Connects anew when it stands on a server that is not one of these any more. */
  stayOn(names: ReadonlySet<string>): void {
    const name = this.#line?.nodeName;
    if (name !== undefined && !names.has(name)) this.#line?.reconnect();
  }

  close(): void {
    this.#line?.close();
    this.#line = undefined;
    const error = linkClosed();
    for (const channel of this.#channels.values()) for (const settle of channel.awaiting) settle(error);
    this.#channels.clear();
  }

  #open(): void {
    this.#line ??= new Line(this.chooseTarget, this.context, {
      up: () => this.#subscribeAgain(),
      lost: () => this.#unconfirm(),
      received: (items) => this.#received(items),
    });
  }

  #subscribeAgain(): void {
    for (const channel of this.#channels.values()) this.#line?.send(['SUBSCRIBE', channel.name]);
  }

  #unconfirm(): void {
    for (const channel of this.#channels.values()) channel.confirmed = false;
  }

  #confirmed(channel: Channel, { deadline, signal }: CallOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (kind: 'timeout' | 'aborted', why: string) =>
        settle(new LinkError(kind, why, { node: this.#line?.nodeName, maybeExecuted: false }));
      const abort = () => fail('aborted', 'the caller gave up');
      const wait = deadline - this.context.clock.now();
      const cancel = this.context.clock.schedule(wait, () => fail('timeout', 'not subscribed in time'));
      const settle = (error: LinkError | undefined) => {
        channel.awaiting.delete(settle);
        cancel();
        signal?.removeEventListener('abort', abort);
        if (error === undefined) resolve();
        else reject(error);
      };
      channel.awaiting.add(settle);
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted) abort();
    });
  }

  #remove(key: ChannelName, channel: Channel, listener: Listener): void {
    channel.listeners.delete(listener);
    if (channel.listeners.size > 0 || this.#channels.get(key) !== channel) return;
    this.#channels.delete(key);
    this.#line?.send(['UNSUBSCRIBE', channel.name]);
    if (this.#channels.size > 0) return;
    this.#line?.close();
    this.#line = undefined;
  }

  #received(items: readonly Reply[]): void {
    const [kind, channel, message] = items;
    if (!Buffer.isBuffer(channel)) return;
    const entry = this.#channels.get(channel.latin1Slice());
    if (entry === undefined) return;
    if (String(kind) === 'subscribe') {
      entry.confirmed = true;
      for (const settle of entry.awaiting) settle(undefined);
    } else if (String(kind) === 'message' && Buffer.isBuffer(message)) {
      for (const listener of entry.listeners) deliver(listener, message);
    }
  }
}

/** A listener that throws must not end the connection: its error surfaces as an uncaught one. */
function deliver(listener: Listener, message: Buffer): void {
  try {
    listener(message);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

interface LineEvents {
  up(): void;
  lost(): void;
  received(items: readonly Reply[]): void;
}

/** The connection: whatever comes is a message, a confirmation or the answer to a PING. */
class Line {
  readonly #redialer: Redialer;
  readonly #writer = new CommandWriter();
  #socket: Socket | undefined;
  #heartbeat: Cancel | undefined;
  #heard = true;

  constructor(
    chooseTarget: () => Target,
    private readonly context: LinkContext,
    private readonly events: LineEvents,
  ) {
    // A failed attempt needs no answer: whoever waits has a deadline, and the next attempt follows.
    this.#redialer = new Redialer(chooseTarget, context, { up: (socket) => this.#up(socket), down: () => {} });
    this.#redialer.start();
  }

  get nodeName(): string | undefined {
    return this.#redialer.nodeName;
  }

  /** Dropped while there is no connection: `up` subscribes everything. */
  send(command: readonly [string, ...(string | Buffer)[]]): void {
    if (this.#socket === undefined) return;
    this.#writer.add([command]);
    this.#socket.write(Buffer.from(this.#writer.take()));
  }

  reconnect(): void {
    this.#socket?.destroy();
  }

  close(): void {
    this.#redialer.stop();
    this.#heartbeat?.();
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #up(socket: Socket): void {
    const decoder = new ReplyDecoder();
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(socket, decoder, chunk));
    socket.once('end', () => socket.destroy());
    socket.once('close', () => this.#lost(socket));
    this.#heard = true;
    this.#beat();
    this.events.up();
  }

  #receive(socket: Socket, decoder: ReplyDecoder, chunk: Buffer): void {
    this.#heard = true;
    this.#redialer.healthy();
    try {
      for (const reply of decoder.push(chunk)) {
        // RESP2 has no push messages: there they are arrays like any other.
        if (reply instanceof Push) this.events.received(reply.items);
        else if (Array.isArray(reply)) this.events.received(reply);
      }
    } catch {
      socket.destroy();
    }
  }

  #beat(): void {
    this.#heartbeat = this.context.clock.schedule(this.context.timeout, () => {
      if (!this.#heard) {
        this.#socket?.destroy();
        return;
      }
      this.#heard = false;
      this.send(['PING']);
      this.#beat();
    });
  }

  #lost(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.#heartbeat?.();
    this.#socket = undefined;
    this.#redialer.lost();
    this.events.lost();
  }
}

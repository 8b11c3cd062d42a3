import type { Socket } from 'node:net';
import type { Cancel } from '../../core/clock.js';
import { type Reply, ReplyError } from '../../resp/reply.js';
import type { Conversation } from '../conversation/conversation.js';
import { WireConversation } from '../conversation/wire-conversation.js';
import { Redialer } from './redialer.js';
import type { LinkContext, Target } from './target.js';

/** A server that has not answered the PING before the last one is not heard any more: for so long it may tell nothing. */
const PING_EVERY_MS = 1000;
const MOST_UNANSWERED = 2;
/** Until a server that refused is asked again: it may have been given another version, or we another right. */
const ASK_AGAIN_MS = 60_000;

const CHANNEL = '__redis__:invalidate';

export interface TrackingLineEvents {
  /** It is live, or not any more. */
  turned(): void;
  /** Undefined: all keys. */
  changed(keys: readonly Buffer[] | undefined): void;
}

/**
 * The connection on which one server tells of changed keys; it comes back by itself. In RESP2 it has the messages sent to
 * itself, as messages of a channel.
 */
export class TrackingLine {
  readonly #redialer: Redialer;
  #conversation: Conversation | undefined;
  #isLive = false;
  #wasRefused = false;
  #unanswered = 0;
  #cancelPing: Cancel | undefined;
  #cancelAsk: Cancel | undefined;

  constructor(
    private readonly target: Target,
    private readonly prefix: string,
    private readonly context: LinkContext,
    private readonly events: TrackingLineEvents,
  ) {
    // The connections for commands tell whether the server can be reached.
    const quiet = { ...context, log: undefined, connected: undefined, notConnected: undefined };
    this.#redialer = new Redialer(() => target, quiet, { up: (socket) => this.#up(socket), down: () => {} });
    this.#redialer.start();
  }

  /** Whether every change is told. */
  get isLive(): boolean {
    return this.#isLive;
  }

  close(): void {
    this.#redialer.stop();
    this.#end();
  }

  #up(socket: Socket): void {
    const conversation = new WireConversation(this.target.name, socket, {
      told: (message) => this.#told(message),
      lost: () => this.#lost(),
    });
    this.#conversation = conversation;
    this.#unanswered = 0;
    this.#ping(conversation);
    void this.#ask(conversation);
  }

  /** A connection that breaks meanwhile is told as lost. */
  async #ask(conversation: Conversation): Promise<void> {
    const refusal = await requestTracking(conversation, this.prefix).catch(() => undefined);
    if (conversation !== this.#conversation) return;
    this.#redialer.healthy();
    if (refusal === undefined) this.#turn(true);
    else this.#refused(refusal);
  }

  #refused({ message }: ReplyError): void {
    if (!this.#wasRefused) {
      const details = { node: this.target.name, reason: message };
      this.context.log?.warn(details, 'the server does not tell of changed keys: the near cache keeps nothing');
    }
    this.#wasRefused = true;
    // On a new connection: a part of it may have been granted on this one, and would be refused the second time.
    this.#cancelAsk = this.context.clock.schedule(ASK_AGAIN_MS, () => this.#lost());
  }

  #told(message: Reply): void {
    if (!Array.isArray(message)) return;
    const items = message as readonly Reply[];
    const isPush = isText(items[0], 'invalidate');
    if (!isPush && !(isText(items[0], 'message') && isText(items[1], CHANNEL))) return;
    const keys = items[isPush ? 1 : 2];
    this.events.changed(Array.isArray(keys) ? (keys as readonly Reply[]).filter(Buffer.isBuffer) : undefined);
  }

  #ping(conversation: Conversation): void {
    this.#cancelPing = this.context.clock.schedule(PING_EVERY_MS, () => {
      if (this.#unanswered >= MOST_UNANSWERED) {
        this.#lost();
        return;
      }
      this.#unanswered++;
      conversation.ask(['PING']).then(
        () => {
          this.#unanswered = 0;
        },
        () => {},
      );
      this.#ping(conversation);
    });
  }

  #lost(): void {
    this.#end();
    this.#redialer.lost();
  }

  #end(): void {
    this.#cancelPing?.();
    this.#cancelAsk?.();
    this.#conversation?.close();
    this.#conversation = undefined;
    this.#turn(false);
  }

  #turn(isLive: boolean): void {
    if (isLive === this.#isLive) return;
    this.#isLive = isLive;
    this.events.turned();
  }
}

/** The reply that refuses it; undefined when every change is told from now on. */
async function requestTracking(conversation: Conversation, prefix: string): Promise<ReplyError | undefined> {
  const mode = ['BCAST', ...(prefix === '' ? [] : ['PREFIX', prefix])];
  const hello = await conversation.ask(['HELLO']);
  if (hello instanceof ReplyError) return hello;
  // RESP3 answers a map, RESP2 a list of names and values.
  if (hello instanceof Map) return refusalOf(await conversation.ask(['CLIENT', 'TRACKING', 'ON', ...mode]));
  const id = await conversation.ask(['CLIENT', 'ID']);
  const redirected = await conversation.ask(['CLIENT', 'TRACKING', 'ON', 'REDIRECT', String(id), ...mode]);
  return refusalOf(redirected) ?? refusalOf(await conversation.ask(['SUBSCRIBE', CHANNEL]));
}

function refusalOf(reply: Reply): ReplyError | undefined {
  return reply instanceof ReplyError ? reply : undefined;
}

function isText(reply: Reply | undefined, text: string): boolean {
  return (typeof reply === 'string' || Buffer.isBuffer(reply)) && reply.toString() === text;
}

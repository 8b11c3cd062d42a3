import type { Reply } from '../../resp/reply.js';
import { Push } from '../../resp/reply-decoder.js';
import type { Command } from '../link.js';

/**
 * A connection of the caller's own, also for commands that change it or never end: MULTI, SELECT, SUBSCRIBE, MONITOR.
 * Nothing is retried, nothing is redirected, and it does not come back when it is lost.
 */
export interface Conversation {
  /** Replies come in the order of the commands, error replies as values; rejects with a LinkError when there is none. */
  ask(command: Command): Promise<Reply>;
  /** How many channels and patterns it listens to. */
  readonly subscriptions: number;
  /** What still waits is rejected. */
  close(): void;
}

export interface ConversationEvents {
  /** What no command waits for: messages, MONITOR's lines, invalidations. */
  told(reply: Reply): void;
  /** The connection was lost, not closed by the caller. */
  lost(why: string): void;
}

interface Waiting {
  readonly subscribes: boolean;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Tells replies from what comes unasked. RESP3 says which is which; in RESP2 messages are arrays as replies are, known
 * by their first word while something is subscribed to. A subscription's first confirmation is its command's reply.
 */
export class Turns {
  readonly #told: ConversationEvents['told'];
  #waiting: Waiting[] = [];
  #subscriptions = 0;

  constructor(told: ConversationEvents['told']) {
    this.#told = told;
  }

  get subscriptions(): number {
    return this.#subscriptions;
  }

  wait([name]: Command): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ subscribes: /^[ps]?(un)?subscribe$/i.test(name), resolve, reject });
    });
  }

  accept(reply: Reply | Push): void {
    const value = reply instanceof Push ? reply.items : reply;
    const kind = kindOf(value);
    const first = this.#waiting[0];
    const confirms = kind?.endsWith('subscribe') === true;
    const unasked = reply instanceof Push || (kind !== undefined && (this.#subscriptions > 0 || first?.subscribes));
    if (unasked && confirms) this.#subscriptions = Number((value as readonly Reply[])[2]);
    if (first === undefined || (unasked && !(confirms && first.subscribes))) {
      this.#told(value);
    } else {
      this.#waiting.shift();
      first.resolve(value);
    }
  }

  fail(error: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(error);
  }
}

const KINDS = new Set(
  'message pmessage smessage subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe'.split(' '),
);

function kindOf(reply: Reply): string | undefined {
  if (!Array.isArray(reply)) return undefined;
  const [kind] = reply as readonly Reply[];
  return Buffer.isBuffer(kind) && KINDS.has(kind.latin1Slice()) ? kind.latin1Slice() : undefined;
}

import type { Conversation } from '../../links/conversation/conversation.js';
import { type Link, LinkError, type NodeLink } from '../../links/link.js';
import { type Reply, ReplyError } from '../../resp/reply.js';

/** What a console hears besides the replies it waits for. */
export interface ConsoleEvents {
  told(reply: Reply): void;
  lost(why: string): void;
  /** Another node has the keys: it is asked from now on. */
  redirected(slot: string, node: string): void;
}

/** Redirects of one command. */
const MOST_REDIRECTS = 5;

/**
 * One conversation with a store's server, on a cluster with the node that has the keys, as redis-cli -c has it: redirects
 * are followed and the console stays where it was sent. Connects with the first command, and anew after a loss. It
 * keeps in mind what the prompt shows.
 */
export class ConsoleSession {
  /** In MULTI: commands are queued. */
  inTransaction = false;
  database: number;
  /** MONITOR was answered: lines come until the connection ends. */
  monitoring = false;
  #conversation: Conversation | undefined;
  #node: NodeLink | undefined;
  #running = false;
  /** What came while a command had no reply yet: it is told behind the reply. */
  readonly #early: Reply[] = [];

  constructor(
    private readonly link: Link,
    private readonly firstDatabase: number,
    private readonly connectTimeout: number,
    private readonly events: ConsoleEvents,
  ) {
    this.database = firstDatabase;
  }

  /** The node that is talked to; undefined before the first command. */
  get node(): string | undefined {
    return this.#node?.name;
  }

  /** Whether something comes without being asked for: messages, or what others do. */
  get listening(): boolean {
    return this.monitoring || this.subscribed;
  }

  get subscribed(): boolean {
    return (this.#conversation?.subscriptions ?? 0) > 0;
  }

  /** Hands over the reply, error replies as values; rejects with a LinkError. */
  async run(words: readonly Buffer[], answered: (reply: Reply) => void): Promise<void> {
    this.#running = true;
    try {
      answered(await this.#exchange(words));
    } finally {
      this.#running = false;
      for (const reply of this.#early.splice(0)) this.events.told(reply);
    }
  }

  /** Ends what is under way, a command that waits among it; the next command connects anew. */
  interrupt(): void {
    this.#leave();
  }

  close(): void {
    this.#leave();
  }

  async #exchange(words: readonly Buffer[]): Promise<Reply> {
    const command = toCommand(words);
    let reply = await this.#ask(command);
    for (let redirects = 0; redirects < MOST_REDIRECTS && !this.inTransaction; redirects++) {
      const target = this.#redirect(reply);
      if (target === undefined) break;
      this.events.redirected(target.slot, target.node.name);
      this.#leave();
      this.#node = target.node;
      if (target.asking) await this.#ask(['ASKING']);
      reply = await this.#ask(command);
    }
    this.#notice(words, reply);
    return reply;
  }

  async #ask(command: readonly [string, ...Buffer[]]): Promise<Reply> {
    this.#conversation ??= await this.#connect();
    return await this.#conversation.ask(command);
  }

  async #connect(): Promise<Conversation> {
    this.#node ??= (await this.link.primaries())[0];
    if (this.#node === undefined) {
      throw new LinkError('topology', 'no node is known', { maybeExecuted: false });
    }
    const conversation: Conversation = await this.#node.converse(
      {
        told: (reply) => (this.#running ? void this.#early.push(reply) : this.events.told(reply)),
        lost: (why) => {
          if (this.#conversation !== conversation) return;
          this.#leave();
          this.events.lost(why);
        },
      },
      Date.now() + this.connectTimeout,
    );
    return conversation;
  }

  #leave(): void {
    const conversation = this.#conversation;
    this.#conversation = undefined;
    conversation?.close();
    this.#forget();
  }

  #forget(): void {
    this.inTransaction = false;
    this.monitoring = false;
    this.database = this.firstDatabase;
  }

  #redirect(reply: Reply): { slot: string; node: NodeLink; asking: boolean } | undefined {
    const [kind, slot = '', address] = reply instanceof ReplyError ? reply.message.split(' ') : [];
    if (kind !== 'MOVED' && kind !== 'ASK') return undefined;
    const node = this.link.nodes().find(({ name }) => name === address);
    return node && { slot, node, asking: kind === 'ASK' };
  }

  #notice(words: readonly Buffer[], reply: Reply): void {
    const name = String(words[0]).toLowerCase();
    if (reply instanceof ReplyError) {
      if (name === 'exec') this.inTransaction = false;
      return;
    }
    if (name === 'multi') this.inTransaction = true;
    else if (name === 'exec' || name === 'discard') this.inTransaction = false;
    else if (name === 'reset') this.#reset();
    else if (this.inTransaction) return;
    else if (name === 'select') this.database = Number(words[1]);
    else if (name === 'monitor') this.monitoring = true;
  }

  /** RESET leaves database, transaction and subscriptions. */
  #reset(): void {
    this.#forget();
    this.database = 0;
  }
}

function toCommand(words: readonly Buffer[]): readonly [string, ...Buffer[]] {
  const [name = Buffer.alloc(0), ...rest] = words;
  return [name.toString('utf8'), ...rest];
}

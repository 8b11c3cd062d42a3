import { type Reply, ReplyError } from '../../resp/reply.js';
import type { Conversation, ConversationEvents } from '../conversation/conversation.js';
import { converse } from '../conversation/wire-conversation.js';
import { type CallOptions, type Command, LinkError, type NodeLink, type NodeStatus } from '../link.js';
import { blocks, closesTransactions, factsOf, refusalOf } from './command-facts.js';
import { Connection } from './connection.js';
import type { Outcome } from './exchange.js';
import type { LinkContext, Target } from './target.js';

/** Blocking commands of one node at the same time, each on a connection of its own. */
const MOST_BLOCKING = 64;
/** Connections that stay open for the next blocking command. */
const MOST_IDLE = 4;

/**
 * One server: a connection that all calls share, one for reads from a replica, and one per blocking command,
 * which would hold up the others. Counts what it answers.
 */
export class Node implements NodeLink {
  role: NodeLink['role'] = 'unknown';
  /** Whether it is all there is: then nobody follows its redirects. */
  alone = false;
  readonly #context: LinkContext;
  readonly #shared: Connection;
  #reader: Connection | undefined;
  readonly #idle: Connection[] = [];
  readonly #blocking = new Set<Connection>();
  #queries = 0;
  #errors = 0;
  #moved = 0;
  #lastActivity = -1;

  constructor(
    readonly target: Target,
    context: LinkContext,
  ) {
    this.#context = context;
    this.#shared = new Connection(target, context);
  }

  get name(): string {
    return this.target.name;
  }

  /** Whether a connection stands, or with `reader` the one for reads from a replica. */
  connected(reader = false): boolean {
    return (reader ? this.#reader : this.#shared)?.connected === true;
  }

  /** Whether it is wanted and cannot be reached, as far as is known. */
  get down(): boolean {
    return this.#shared.down;
  }

  /** What may be wrong, while an attempt to connect gets no answer. */
  get hintWhenLate(): string | undefined {
    return this.#shared.hintWhenLate;
  }

  connect(): Promise<LinkError | undefined> {
    return this.#shared.connect();
  }

  /** Rejects with the ReplyError or LinkError. */
  async command(command: Command, options: CallOptions): Promise<Reply> {
    const [outcome] = await this.exchange([command], options);
    return unwrap(outcome);
  }

  converse(events: ConversationEvents, deadline: number): Promise<Conversation> {
    return converse(this.target, events, deadline, this.#context);
  }

  /** An outcome per command, in order. With `reader` on a connection that a replica answers on. */
  exchange(commands: readonly Command[], options: CallOptions, reader = false): Promise<Outcome[]> {
    this.#queries += commands.length;
    let special = false;
    for (const command of commands) {
      const facts = factsOf(command);
      special ||= facts.blocking || facts.stateful;
    }
    if (special) return this.#exchangeSpecial(commands, options, reader);
    return this.#counted((reader ? this.reader : this.#shared).exchange(commands, options));
  }

  /** ASKING and the command stay together on one connection: for a slot that is on its way here. */
  async asking(commands: readonly Command[], options: CallOptions): Promise<Outcome[]> {
    this.#queries += commands.length;
    const pairs = commands.flatMap((command): Command[] => [['ASKING'], command]);
    const outcomes = await this.#counted(this.#shared.exchange(pairs, options));
    return outcomes.filter((_, i) => i % 2 === 1);
  }

  status(slots?: number): NodeStatus {
    return {
      name: this.name,
      role: this.role,
      status: this.connected() ? 'connected' : 'disconnected',
      ...(slots === undefined ? {} : { slots }),
      queries: this.#queries,
      errors: this.#errors,
      moved: this.#moved,
      lastActivity: this.#lastActivity,
    };
  }

  /** Ends what still waits for a connection: it is to be asked elsewhere. */
  release(): void {
    for (const connection of this.#connections()) connection.release();
  }

  /** Closes when what is under way has ended. */
  retire(): void {
    for (const connection of this.#connections()) connection.retire();
  }

  /** Closes at once: what waits for an answer may have been executed, and gets none. */
  leave(): void {
    for (const connection of this.#connections()) connection.leave();
  }

  close(): void {
    for (const connection of this.#connections()) connection.close();
  }

  private get reader(): Connection {
    this.#reader ??= new Connection({ ...this.target, readOnly: true }, this.#context);
    return this.#reader;
  }

  #connections(): Connection[] {
    return [this.#shared, ...(this.#reader === undefined ? [] : [this.#reader]), ...this.#idle, ...this.#blocking];
  }

  async #counted(exchange: Promise<Outcome[]>): Promise<Outcome[]> {
    const outcomes = await exchange;
    let answered = false;
    let ofCluster = false;
    for (const outcome of outcomes) {
      if (typeof outcome !== 'object' || !(outcome instanceof Error)) answered = true;
      else if (this.#countError(outcome)) {
        answered = true;
        ofCluster ||= this.alone && isClusterReply(outcome);
      }
    }
    if (answered) this.#lastActivity = this.#context.clock.now();
    return ofCluster ? outcomes.map((outcome) => this.#explained(outcome)) : outcomes;
  }

  #explained(outcome: Outcome): Outcome {
    if (!isClusterReply(outcome)) return outcome;
    const details = { node: this.name, maybeExecuted: false, hint: CLUSTER_HINT };
    return new LinkError('cluster-node', `${this.name}: ${outcome.message}`, details);
  }

  /** True for an error that the server answered. */
  #countError(error: Error): boolean {
    this.#errors++;
    if (!(error instanceof ReplyError)) return false;
    if (error.code === 'MOVED') this.#moved++;
    return true;
  }

  async #exchangeSpecial(commands: readonly Command[], options: CallOptions, reader: boolean): Promise<Outcome[]> {
    const transactions = commands.length > 1 && closesTransactions(commands);
    const refusals = commands.map((command) =>
      transactions && /^(multi|exec|discard)$/i.test(command[0]) ? undefined : refusalOf(command),
    );
    const sent = commands.filter((_, i) => refusals[i] === undefined);
    const blocking = sent.some((command) => blocks(command, factsOf(command)));
    const shared = reader ? this.reader : this.#shared;
    const outcomes =
      sent.length === 0
        ? []
        : await this.#counted(blocking ? this.#exchangeAlone(sent, options) : shared.exchange(sent, options));
    let next = 0;
    return refusals.map((refusal) => refusal ?? outcomes[next++] ?? null);
  }

  /** The connection is kept for the next one, or closed when the command may still hold it. */
  async #exchangeAlone(commands: readonly Command[], options: CallOptions): Promise<Outcome[]> {
    if (this.#blocking.size >= MOST_BLOCKING) return commands.map(() => this.#tooManyBlocking());
    // How long a blocking command takes is not the server's silence: only the deadline ends it.
    const context = { ...this.#context, timeout: Number.POSITIVE_INFINITY };
    const connection = this.#idle.pop() ?? new Connection(this.target, context);
    this.#blocking.add(connection);
    try {
      const outcomes = await connection.exchange(commands, options);
      this.#blocking.delete(connection);
      const clean = outcomes.every((outcome) => !(outcome instanceof LinkError));
      if (clean && this.#idle.length < MOST_IDLE) this.#idle.push(connection);
      else connection.close();
      return outcomes;
    } finally {
      if (this.#blocking.delete(connection)) connection.close();
    }
  }

  #tooManyBlocking(): LinkError {
    const message = `${this.name}: more than ${MOST_BLOCKING} blocking commands`;
    return new LinkError('overloaded', message, { node: this.name, maybeExecuted: false });
  }
}

const CLUSTER_HINT = 'this is a node of a cluster: redis-type = "cluster"';

/** Errors that only a node of a cluster answers, and that do not pass. */
function isClusterReply(outcome: Outcome): outcome is ReplyError {
  return outcome instanceof ReplyError && /^(MOVED|ASK|CROSSSLOT)$/.test(outcome.code);
}

/** What a call of one command ends with. */
export function unwrap(outcome: Outcome | undefined): Reply {
  if (outcome instanceof ReplyError || outcome instanceof LinkError) throw outcome;
  return outcome ?? null;
}

import type { Socket } from 'node:net';
import type { Cancel } from '../../core/clock.js';
import type { CallOptions, Command, LinkError } from '../link.js';
import { Exchange, type Outcome } from './exchange.js';
import { Redialer } from './redialer.js';
import { Session } from './session.js';
import type { LinkContext, Target } from './target.js';

/** Commands that wait for a connection; more are refused. */
const MOST_WAITING = 10_000;
/** How exactly deadlines are kept. One timer for all calls: a timer each would cost more than the call. */
const SWEEP_MS = 25;

/**
 * A connection to one server that comes back by itself. Calls made while it is down wait for the next
 * attempt to connect, and fail with it. Nothing that was handed to the socket is ever sent again.
 */
export class Connection {
  readonly #redialer: Redialer;
  #session: Session | undefined;
  #waiting: Exchange[] = [];
  #waitingCommands = 0;
  #awaitingConnect: ((error: LinkError | undefined) => void)[] = [];
  #sweep: Cancel | undefined;
  /** What calls end with once it is closed. */
  #end: { readonly kind: 'closed' | 'topology'; readonly why: string } | undefined;
  #retiring = false;

  constructor(
    readonly target: Target,
    private readonly context: LinkContext,
  ) {
    this.#redialer = new Redialer(() => target, context, {
      up: (socket) => this.#up(socket),
      down: (error) => this.#down(error),
    });
  }

  get connected(): boolean {
    return this.#session !== undefined;
  }

  /** Whether it was asked to connect and has not, or not any more. */
  get down(): boolean {
    return this.#redialer.seeking;
  }

  /** What may be wrong, while an attempt to connect gets no answer. */
  get hintWhenLate(): string | undefined {
    return this.#redialer.hintWhenLate;
  }

  /** Starts connecting; undefined once it stands, the error when the attempt under way fails. */
  connect(): Promise<LinkError | undefined> {
    if (this.connected || this.#redialer.stopped) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#awaitingConnect.push(resolve);
      this.#redialer.start();
    });
  }

  /** An outcome per command, in order; rejects only for arguments that cannot be sent. */
  exchange(commands: readonly Command[], options: CallOptions): Promise<Outcome[]> {
    return new Promise((resolve, reject) => {
      const { deadline, signal } = options;
      const exchange = new Exchange(commands, this.target.name, deadline, signal, resolve, reject);
      if (signal?.aborted) exchange.fail('aborted', 'the caller gave up');
      else if (this.#session !== undefined) this.#send(this.#session, exchange);
      else this.#wait(exchange);
      this.#sweep ??= this.context.clock.schedule(SWEEP_MS, this.#sweepNow);
    });
  }

  /** For a node whose part another took over: what was not sent yet need not wait for this one. */
  release(): void {
    this.#endWaiting((exchange) => exchange.fail('topology', 'another node took over'));
  }

  /** For a node that left the cluster: closes as soon as nothing waits on it any more. */
  retire(): void {
    this.#retiring = true;
    this.release();
    if (this.#idle()) this.leave();
  }

  /** Closes; what waits for an answer gets none, and may ask another node. */
  leave(): void {
    this.#end ??= { kind: 'topology', why: 'the node is not asked any more' };
    this.close();
  }

  close(): void {
    this.#end ??= { kind: 'closed', why: 'the link was closed' };
    const { kind, why } = this.#end;
    this.#redialer.stop();
    this.#sweep?.();
    this.#sweep = undefined;
    this.#endWaiting((exchange) => exchange.fail(kind, why));
    this.#settleConnect(undefined);
    this.#session?.end(kind, why);
  }

  #send(session: Session, exchange: Exchange): void {
    if (session.full(exchange.commands.length)) exchange.fail('overloaded', 'too many commands are under way');
    else session.send(exchange);
  }

  #wait(exchange: Exchange): void {
    if (this.#end !== undefined) {
      exchange.fail(this.#end.kind, this.#end.why);
    } else if (this.#waitingCommands + exchange.commands.length > MOST_WAITING) {
      exchange.fail('overloaded', 'too many commands wait for a connection');
    } else {
      this.#waiting.push(exchange);
      this.#waitingCommands += exchange.commands.length;
      this.#redialer.start();
    }
  }

  #up(socket: Socket): void {
    const session = new Session(socket, this.context.clock, {
      answered: () => this.#redialer.healthy(),
      closed: () => {
        this.#session = undefined;
        this.#redialer.lost();
      },
    });
    this.#session = session;
    this.#settleConnect(undefined);
    this.#endWaiting((exchange) => this.#send(session, exchange));
  }

  #down(error: LinkError): void {
    this.#settleConnect(error);
    const why = error.message.slice(this.target.name.length + 2);
    this.#endWaiting((exchange) => exchange.fail(error.kind, why, error.details.hint));
  }

  #endWaiting(end: (exchange: Exchange) => void): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingCommands = 0;
    for (const exchange of waiting) if (!exchange.settled) end(exchange);
  }

  #settleConnect(error: LinkError | undefined): void {
    const awaiting = this.#awaitingConnect;
    this.#awaitingConnect = [];
    for (const settle of awaiting) settle(error);
  }

  readonly #sweepNow = (): void => {
    const now = this.context.clock.now();
    this.#session?.sweep(now, this.context.timeout);
    this.#sweepWaiting(now);
    const idle = this.#idle();
    this.#sweep = idle ? undefined : this.context.clock.schedule(SWEEP_MS, this.#sweepNow);
    if (idle && this.#retiring) this.leave();
  };

  /**
   * What was never sent is ended one step early: the caller, who has the same deadline, then learns that it
   * was surely not executed.
   */
  #sweepWaiting(now: number): void {
    if (this.#waiting.length === 0) return;
    for (const exchange of this.#waiting) {
      if (exchange.deadline - SWEEP_MS <= now) exchange.fail('timeout', 'no connection in time', this.hintWhenLate);
    }
    this.#waiting = this.#waiting.filter((exchange) => !exchange.settled);
    this.#waitingCommands = this.#waiting.reduce((sum, exchange) => sum + exchange.commands.length, 0);
  }

  #idle(): boolean {
    return this.#waiting.length === 0 && (this.#session?.idle ?? true);
  }
}

import type { Reply } from '../../resp/reply.js';
import { type CallOptions, type Command, LinkError, type LinkErrorKind } from '../link.js';

/** A reply, or why there is none. */
export type Outcome = Reply | LinkError;

/**
 * Commands that are sent together and the replies that have come. Once it is settled, late replies are
 * counted and dropped: the connection answers in order, so they must be waited for, but reach nobody.
 */
export class Exchange {
  /** Whether it was handed to the socket: from then on it may have been executed. */
  written = false;
  sentAt = 0;
  #outcomes: Outcome[] = [];
  #received = 0;
  #settled = false;
  readonly #signal: AbortSignal | undefined;

  constructor(
    readonly commands: readonly Command[],
    readonly node: string,
    readonly deadline: number,
    signal: CallOptions['signal'],
    private readonly resolve: (outcomes: Outcome[]) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.#signal = signal;
    signal?.addEventListener('abort', this.#abort, { once: true });
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** True when this was the last reply. */
  accept(reply: Reply): boolean {
    if (!this.#settled) this.#outcomes.push(reply);
    const whole = ++this.#received === this.commands.length;
    if (whole) this.#settle();
    return whole;
  }

  /** Ends all that has no reply yet. */
  fail(kind: LinkErrorKind, why: string, hint?: string): void {
    if (this.#settled) return;
    const { node, written } = this;
    const error = new LinkError(kind, `${node}: ${why}`, { node, maybeExecuted: written, hint });
    while (this.#outcomes.length < this.commands.length) this.#outcomes.push(error);
    this.#settle();
  }

  /** Arguments that cannot be sent. */
  refuse(error: unknown): void {
    if (this.#settled) return;
    this.#finish();
    this.reject(error);
  }

  readonly #abort = (): void => this.fail('aborted', 'the caller gave up');

  #settle(): void {
    if (this.#settled) return;
    this.#finish();
    this.resolve(this.#outcomes);
    this.#outcomes = [];
  }

  #finish(): void {
    this.#settled = true;
    this.#signal?.removeEventListener('abort', this.#abort);
  }
}

/**
 * Who is the primary, and who its replicas, as the Sentinels tell. They are asked before each connection to the
 * primary, when they say that something changed, when a command shows it, and every half minute; every second while
 * the primary is not there; never more often than four times a second.
 */
import { type Cancel, type Clock, sleep } from '../../core/clock.js';
import { LinkError } from '../link.js';
import { asLinkError, linkClosed } from '../wire/failures.js';
import type { Node } from '../wire/node.js';
import { type LinkContext, nodeName } from '../wire/target.js';
import { succeeded } from '../wire/within.js';
import { Leaving } from './leaving.js';
import type { ReplicaReads } from './replica-reads.js';
import type { ServerAddress } from './sentinel-reply.js';
import type { SentinelAnswer, Sentinels } from './sentinels.js';

const ASK_APART_MS = 250;
const ASK_EVERY_MS = 30_000;
/** The same while the primary is not there. */
const ASK_AGAIN_MS = 1000;

export interface ViewSource {
  readonly sentinels: Sentinels;
  /** Undefined where nobody reads from replicas. */
  readonly replicas: ReplicaReads | undefined;
  /** `admit` belongs to the node's target. */
  createPrimary(address: ServerAddress, admit: () => Promise<void>): Node;
  /** Told when another one is the primary, and of the first. */
  switched(primary: Node): void;
}

export class SentinelView {
  #primary: Node | undefined;
  #answer: SentinelAnswer | undefined;
  #suspected = false;
  readonly #leaving: Leaving;
  #asking: Promise<LinkError | undefined> | undefined;
  #lastStart = Number.NEGATIVE_INFINITY;
  #next: Cancel | undefined;
  readonly #closing = new AbortController();
  readonly #clock: Clock;

  constructor(
    private readonly source: ViewSource,
    private readonly context: LinkContext,
  ) {
    this.#clock = context.clock;
    this.#leaving = new Leaving(context.clock);
  }

  get primary(): Node | undefined {
    return this.#primary;
  }

  /** The Sentinel that told it. */
  get answeredBy(): string | undefined {
    return this.#answer?.answeredBy;
  }

  /** Waits until a primary is known; rejects when nobody tells it by the deadline. */
  async ensure(deadline: number): Promise<Node> {
    if (this.#primary !== undefined) return this.#primary;
    await succeeded(this.ask(), deadline, this.#clock, noAnswer);
    if (this.#primary === undefined) throw linkClosed();
    return this.#primary;
  }

  /** The same by hand, at once or with the question that is about to be asked; rejects when nobody tells by the deadline. */
  async askNow(deadline: number): Promise<void> {
    this.#lastStart = Number.NEGATIVE_INFINITY;
    await succeeded(this.ask(), deadline, this.#clock, noAnswer);
  }

  /** Asks the Sentinels, now or a moment after the last time; gives why nobody told. */
  ask(): Promise<LinkError | undefined> {
    this.#asking ??= this.#askInTurn().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** The guard leaves the primary alone, or does so no longer. */
  suspect(suspected: boolean): void {
    this.#suspected = suspected;
    if (suspected) void this.ask();
  }

  close(): void {
    this.#closing.abort();
    this.#next?.();
    this.#primary?.close();
    this.#leaving.close();
  }

  async #askInTurn(): Promise<LinkError | undefined> {
    const wait = this.#lastStart + ASK_APART_MS - this.#clock.now();
    try {
      this.#closing.signal.throwIfAborted();
      if (wait > 0) await sleep(this.#clock, wait, this.#closing.signal);
      this.#lastStart = this.#clock.now();
      const answer = await this.source.sentinels.ask(this.#lastStart + this.context.connectTimeout);
      if (!this.#closing.signal.aborted) this.#apply(answer);
      return undefined;
    } catch (error) {
      if (this.#closing.signal.aborted) return linkClosed();
      return asLinkError(error);
    } finally {
      this.#planNext();
    }
  }

  #planNext(): void {
    this.#next?.();
    if (this.#closing.signal.aborted || this.#primary === undefined) return;
    const troubled = this.#primary.down || this.#suspected;
    this.#next = this.#clock.schedule(troubled ? ASK_AGAIN_MS : ASK_EVERY_MS, () => void this.ask());
  }

  #apply(answer: SentinelAnswer): void {
    this.#answer = answer;
    const name = nodeName(answer.primary);
    if (name !== this.#primary?.name) this.#follow(answer.primary);
    // One that was the primary a moment ago may still be listed as the replica it will be.
    this.source.replicas?.set(answer.replicas.filter((address) => nodeName(address) !== name));
  }

  #follow(address: ServerAddress): void {
    const before = this.#primary;
    const primary = this.source.createPrimary(address, this.#admission(nodeName(address)));
    primary.role = 'primary';
    this.#primary = primary;
    this.#suspected = false;
    if (before !== undefined) {
      this.context.log?.info({ node: primary.name, instead: before.name }, 'another primary');
      this.#replace(before);
    }
    void primary.connect();
    this.source.switched(primary);
  }

  #replace(node: Node): void {
    node.role = 'unknown';
    this.#leaving.add(node);
  }

  /** What is asked before each connection to it but the first, which the Sentinels have just told. */
  #admission(name: string): () => Promise<void> {
    let told = true;
    return async () => {
      const error = told ? undefined : await this.ask();
      told = false;
      if (error !== undefined) throw error;
      if (this.#primary?.name === name) return;
      throw new LinkError('topology', `${name}: another node took over`, { node: name, maybeExecuted: false });
    };
  }
}

function noAnswer(): LinkError {
  return new LinkError('topology', 'no Sentinel answered in time', { maybeExecuted: false });
}

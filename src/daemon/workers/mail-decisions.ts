import { type MailMemory, RecentMails } from '../../lookups/policies/mail-memory.js';
import type { RateDecision } from '../../stores/store.js';
import type { MainCalls } from './calls.js';
import type { Channel } from './channel.js';
import type { WorkerProcess } from './worker-process.js';

/** What was counted for a mail; null: count, and tell. */
export type Recalled = RateDecision | null;

interface Deciding {
  /** Who decides. */
  by: WorkerProcess;
  waiting: { readonly worker: WorkerProcess; readonly answer: (recalled: Recalled) => void }[];
}

/**
 * The decisions about mails that workers share: Postfix may ask about the same mail over another connection, which
 * another worker has. One worker decides, others that are asked about the mail wait; when it ends
 * before, the next of them decides.
 */
export class MailDecisions {
  readonly #decided = new RecentMails<RateDecision>();
  readonly #deciding = new Map<string, Deciding>();

  recall(mail: string, worker: WorkerProcess): Recalled | Promise<Recalled> {
    const known = this.#decided.get(mail);
    if (known !== undefined) return known;
    const deciding = this.#deciding.get(mail);
    if (deciding !== undefined) return new Promise((answer) => deciding.waiting.push({ worker, answer }));
    this.#deciding.set(mail, { by: worker, waiting: [] });
    return null;
  }

  /** Null: it could not be decided. */
  decided(mail: string, decision: Recalled): void {
    const deciding = this.#deciding.get(mail);
    if (deciding === undefined) return;
    if (decision === null) {
      this.#passOn(mail, deciding);
      return;
    }
    this.#deciding.delete(mail);
    this.#decided.set(mail, decision);
    for (const { answer } of deciding.waiting) answer(decision);
  }

  /** The worker has ended: it decides nothing, whether it had begun to or waits. */
  leave(worker: WorkerProcess): void {
    for (const [mail, deciding] of [...this.#deciding]) {
      deciding.waiting = deciding.waiting.filter((waiting) => waiting.worker !== worker);
      if (deciding.by === worker) this.#passOn(mail, deciding);
    }
  }

  #passOn(mail: string, deciding: Deciding): void {
    const next = deciding.waiting.shift();
    if (next === undefined) {
      this.#deciding.delete(mail);
      return;
    }
    deciding.by = next.worker;
    next.answer(null);
  }
}

/** A worker's side of it, for one policy. */
export class SharedMailMemory implements MailMemory {
  readonly #main: Pick<Channel<never, MainCalls>, 'call' | 'tell'>;
  readonly #policy: string;

  constructor(main: Pick<Channel<never, MainCalls>, 'call' | 'tell'>, policy: string) {
    this.#main = main;
    this.#policy = policy;
  }

  async once(name: string, count: () => Promise<RateDecision>): Promise<RateDecision> {
    const mail = `${this.#policy} ${name}`;
    const known = await this.#main.call('recall', mail);
    if (known !== null) return known;
    try {
      const decision = await count();
      this.#main.tell('decided', { mail, decision });
      return decision;
    } catch (error) {
      this.#main.tell('decided', { mail, decision: null });
      throw error;
    }
  }
}

import type { RateDecision } from '../../stores/store.js';

/** What was counted for mails that are still on their way, so that each counts once. */
export interface MailMemory {
  /**
   * What was counted for this mail, or what `count` answers: who asks meanwhile waits for it. What could not be counted
   * is not remembered: the next request of the mail asks again. `mail` is a text in memory of its own, since the
   * request that a part of it would keep along is much longer.
   */
  once(mail: string, count: () => Promise<RateDecision>): Promise<RateDecision>;
}

/** Mails that are remembered: at least so many, and up to twice as many. */
const MAILS = 50_000;

/** Longer than a mail server takes to receive one. */
const MAIL_LASTS = 3_600_000;

/** Where a policy is asked in one process only. */
export class OwnMailMemory implements MailMemory {
  /** What is still being counted is there too: one table is asked, twice for each mail. */
  readonly #mails = new RecentMails<RateDecision | Promise<RateDecision>>();

  once(mail: string, count: () => Promise<RateDecision>): Promise<RateDecision> {
    const known = this.#mails.get(mail);
    if (known !== undefined) return Promise.resolve(known);
    const counting = count().then(
      (decision) => {
        this.#mails.set(mail, decision);
        return decision;
      },
      (error: unknown) => {
        this.#mails.delete(mail);
        throw error;
      },
    );
    this.#mails.set(mail, counting);
    return counting;
  }
}

/**
 * What is known of the last mails, in two halves of which the older one is let go as a whole when the other is full or
 * its time has come: to keep count of each mail would take longer than to decide about it.
 */
export class RecentMails<T> {
  readonly #now: () => number;
  #recent = new Map<string, T>();
  #older = new Map<string, T>();
  #since: number;

  /** Milliseconds from anywhere. */
  constructor(now = () => performance.now()) {
    this.#now = now;
    this.#since = now();
  }

  get(mail: string): T | undefined {
    this.#age();
    return this.#recent.get(mail) ?? this.#older.get(mail);
  }

  set(mail: string, known: T): void {
    this.#recent.set(mail, known);
    if (this.#recent.size >= MAILS) this.#turn();
  }

  delete(mail: string): void {
    this.#recent.delete(mail);
    this.#older.delete(mail);
  }

  #age(): void {
    const age = this.#now() - this.#since;
    if (age >= MAIL_LASTS) this.#turn();
    if (age >= 2 * MAIL_LASTS) this.#turn();
  }

  #turn(): void {
    this.#older = this.#recent;
    this.#recent = new Map();
    this.#since = this.#now();
  }
}

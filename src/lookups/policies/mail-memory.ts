import type { Decision } from './policy.js';

/** What was decided about mails that are still on their way, so that each is decided about once. */
export interface MailMemory {
  /**
   * What was decided about this mail, or what `decide` answers: who asks meanwhile waits for it. A decision that was
   * not reached is not remembered: the next request of the mail asks again.
   */
  once(mail: string, decide: () => Promise<Decision>): Promise<Decision>;
}

/** Mails whose decision is remembered: at least so many, and up to twice as many. */
const MAILS = 50_000;

/** Longer than a mail server takes to receive one. */
const MAIL_LASTS = 3_600_000;

/** Where a policy is asked in one process only. */
export class OwnMailMemory implements MailMemory {
  readonly #decided = new RecentMails();
  readonly #deciding = new Map<string, Promise<Decision>>();

  once(mail: string, decide: () => Promise<Decision>): Promise<Decision> {
    const known = this.#decided.get(mail);
    if (known !== undefined) return Promise.resolve(known);
    const running = this.#deciding.get(mail);
    if (running !== undefined) return running;
    const deciding = this.#decide(mail, decide);
    this.#deciding.set(mail, deciding);
    return deciding;
  }

  #decide(mail: string, decide: () => Promise<Decision>): Promise<Decision> {
    return decide().then(
      (decision) => {
        this.#deciding.delete(mail);
        this.#decided.set(mail, decision);
        return decision;
      },
      (error: unknown) => {
        this.#deciding.delete(mail);
        throw error;
      },
    );
  }
}

/**
 * Decisions about the last mails, in two halves of which the older one is let go as a whole when the other is full or
 * its time has come: to keep count of each mail would take longer than to decide about it.
 */
export class RecentMails {
  readonly #now: () => number;
  #recent = new Map<string, Decision>();
  #older = new Map<string, Decision>();
  #since: number;

  /** Milliseconds from anywhere. */
  constructor(now = () => performance.now()) {
    this.#now = now;
    this.#since = now();
  }

  get(mail: string): Decision | undefined {
    this.#age();
    return this.#recent.get(mail) ?? this.#older.get(mail);
  }

  set(mail: string, decision: Decision): void {
    this.#recent.set(ownText(mail), decision);
    if (this.#recent.size >= MAILS) this.#turn();
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

/** The same text in memory of its own: it may be made of parts of the request, which would be kept with it. */
function ownText(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

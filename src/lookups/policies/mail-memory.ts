import { LRUCache } from 'lru-cache';
import type { Decision } from './policy.js';

/** What was decided about mails that are still on their way, so that each is decided about once. */
export interface MailMemory {
  /**
   * What was decided about this mail, or what `decide` answers: who asks meanwhile waits for it. A decision that was
   * not reached is not remembered: the next request of the mail asks again.
   */
  once(mail: string, decide: () => Promise<Decision>): Promise<Decision>;
}

/** Mails whose decision is remembered. */
const MAILS = 100_000;

/** Longer than a mail server takes to receive one. */
const MAIL_LASTS = 3_600_000;

/** Where a policy is asked in one process only. */
export class OwnMailMemory implements MailMemory {
  readonly #decided = rememberedMails<Promise<Decision>>();

  once(mail: string, decide: () => Promise<Decision>): Promise<Decision> {
    const known = this.#decided.get(mail);
    if (known !== undefined) return known;
    const decision = decide();
    const name = ownText(mail);
    this.#decided.set(name, decision);
    decision.catch(() => this.#decided.delete(name));
    return decision;
  }
}

/** The same text in memory of its own: it may be made of parts of the request, which would be kept with it. */
function ownText(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

export function rememberedMails<V extends object>(): LRUCache<string, V> {
  return new LRUCache<string, V>({ max: MAILS, ttl: MAIL_LASTS });
}

import { LRUCache } from 'lru-cache';
import type { RateLimitPolicyConfig } from '../../config/model.js';
import type { LookupStore } from '../../stores/store.js';
import { inSeconds } from './duration-text.js';
import { type Decision, pass, type Rule, refusal } from './policy.js';
import { keyOf, type PolicyRequest } from './request.js';

/** Mails whose decision is remembered, so that a mail counts once however often the mail server asks about it. */
const MAILS = 100_000;

/** Longer than a mail server takes to receive one. */
const MAIL_LASTS = 3_600_000;

/**
 * So many mails, or recipients, in a time for each value of the key. A mail counts once: Postfix names it in all its
 * requests (`instance`), and what was decided at the first of them holds for the others. Recipients are
 * counted at DATA, where the mail server knows how many there are.
 */
export class RateLimit implements Rule {
  readonly #decided = new LRUCache<string, Promise<Decision>>({ max: MAILS, ttl: MAIL_LASTS });

  constructor(
    private readonly config: RateLimitPolicyConfig,
    private readonly store: LookupStore,
  ) {}

  async decide(request: PolicyRequest): Promise<Decision> {
    const { key, bits, prefix, count } = this.config;
    const parts = key.map((name) => request.part(name, bits));
    if (parts[0] === '') return pass(`no ${key[0]}`);
    const cost = count === 'recipients' ? request.recipients : 1;
    if (cost === 0) return pass('recipients are counted at DATA');
    const counted = keyOf(prefix, parts);
    const instance = request.get('instance');
    if (instance === '') return await this.#count(counted, cost);
    return await this.#once(`${instance} ${counted}`, () => this.#count(counted, cost));
  }

  /** A decision that was not reached is not remembered: the next request of the mail asks again. */
  #once(mail: string, count: () => Promise<Decision>): Promise<Decision> {
    const known = this.#decided.get(mail);
    if (known !== undefined) return known;
    const decision = count();
    this.#decided.set(mail, decision);
    decision.catch(() => this.#decided.delete(mail));
    return decision;
  }

  async #count(key: string, cost: number): Promise<Decision> {
    const { rate, algorithm, burst, action, text } = this.config;
    const options = { algorithm, cost, ...(burst === undefined ? {} : { burst }) };
    const { allowed, remaining, retryAfter } = await this.store.rateLimit(key, rate, options);
    const limit = `${rate.requests} in ${inSeconds(rate.period)}`;
    if (allowed) return pass(`within ${limit}, ${remaining} left`);
    return refusal(action, `over ${limit}, again in ${inSeconds(retryAfter)}`, text);
  }
}

import type { RateLimitPolicyConfig } from '../../config/model.js';
import type { LookupStore } from '../../stores/store.js';
import { inSeconds } from './duration-text.js';
import { type MailMemory, OwnMailMemory } from './mail-memory.js';
import { type Decision, pass, type Rule, refusal } from './policy.js';
import { keyOf, type PolicyRequest } from './request.js';

/**
 * So many mails, or recipients, in a time for each value of the key. A mail counts once: Postfix names it in all its
 * requests (`instance`), and what was decided at the first of them holds for the others. Recipients are
 * counted at DATA, where the mail server knows how many there are.
 */
export class RateLimit implements Rule {
  constructor(
    private readonly config: RateLimitPolicyConfig,
    private readonly store: LookupStore,
    private readonly memory: MailMemory = new OwnMailMemory(),
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
    return await this.memory.once(`${instance} ${counted}`, () => this.#count(counted, cost));
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

import type { RateLimitPolicyConfig } from '../../config/model.js';
import type { LookupStore, RateDecision } from '../../stores/store.js';
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
  /** "100 in 3600 seconds" */
  private readonly limit: string;

  constructor(
    private readonly config: RateLimitPolicyConfig,
    private readonly store: LookupStore,
    private readonly memory: MailMemory = new OwnMailMemory(),
  ) {
    const { requests, period } = config.rate;
    this.limit = `${requests} in ${inSeconds(period)}`;
  }

  decide(request: PolicyRequest): Promise<Decision> {
    const { key, bits, prefix, count: what } = this.config;
    const parts = key.map((name) => request.part(name, bits));
    if (parts[0] === '') return Promise.resolve(pass(`no ${key[0]}`));
    const cost = what === 'recipients' ? request.recipients : 1;
    if (cost === 0) return Promise.resolve(pass('recipients are counted at DATA'));
    const counted = keyOf(prefix, parts);
    const instance = request.get('instance');
    const count = () => this.#count(counted, cost);
    // Joined, since a text made of others by "+" keeps them.
    const counting = instance === '' ? count() : this.memory.once([instance, counted].join(' '), count);
    return counting.then((decision) => this.#tell(decision));
  }

  #count(key: string, cost: number): Promise<RateDecision> {
    const { rate, algorithm, burst } = this.config;
    return this.store.rateLimit(key, rate, burst === undefined ? { algorithm, cost } : { algorithm, cost, burst });
  }

  #tell({ allowed, remaining, retryAfter }: RateDecision): Decision {
    const { action, text } = this.config;
    if (allowed) return pass(`within ${this.limit}, ${remaining} left`);
    return refusal(action, `over ${this.limit}, again in ${inSeconds(retryAfter)}`, text);
  }
}

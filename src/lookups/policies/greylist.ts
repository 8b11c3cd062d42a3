import type { GreylistPolicyConfig } from '../../config/model.js';
import type { GreylistDecision, LookupStore } from '../../stores/store.js';
import { inSeconds } from './duration-text.js';
import { type Decision, pass, type Rule } from './policy.js';
import { keyOf, type PolicyRequest } from './request.js';

/**
 * Greylisting: a triplet of client network, sender and recipient that was never seen is told to come again. Mail of
 * users who have logged in, and requests without a recipient (DATA of a mail with several), pass unseen.
 */
export class Greylist implements Rule {
  constructor(
    private readonly config: GreylistPolicyConfig,
    private readonly store: LookupStore,
  ) {}

  decide(request: PolicyRequest): Promise<Decision> {
    const { delay, window, lifetime, prefix, bits } = this.config;
    if (request.get('sasl_username') !== '') return Promise.resolve(pass('the client has logged in'));
    const recipient = request.get('recipient');
    if (recipient === '') return Promise.resolve(pass('no recipient to greylist'));
    const triplet = [request.part('client_address', bits), request.get('sender'), recipient];
    const decided = this.store.greylist(keyOf(prefix, triplet), { delay, window, lifetime });
    return decided.then((decision) => this.#tell(decision));
  }

  #tell({ state, age, attempts, retryAfter }: GreylistDecision): Decision {
    switch (state) {
      case 'new':
        return this.#defer('seen for the first time', retryAfter);
      case 'early':
        return this.#defer(`attempt ${attempts} after ${inSeconds(age)}, too early`, retryAfter);
      case 'passed':
        return pass(`has come again after ${inSeconds(age)}, attempt ${attempts}`);
      case 'known':
        return pass('has passed before');
    }
  }

  #defer(why: string, retryAfter: number): Decision {
    return { verdict: 'defer', why, text: `4.2.0 ${this.config.text}, try again in ${inSeconds(retryAfter)}` };
  }
}

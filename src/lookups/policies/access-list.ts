import type { AllowPolicyConfig, DenyPolicyConfig } from '../../config/model.js';
import type { LookupMap } from '../lookup.js';
import { notKnown } from './on-error.js';
import { type Decision, pass, type Rule, refusal } from './policy.js';
import type { PolicyRequest } from './request.js';

/**
 * A list of those who are let through, or refused: the map is asked for each attribute in turn. Let through means
 * that no further policy of the listener is asked; the mail server's own restrictions hold.
 */
export class AccessList implements Rule {
  constructor(
    private readonly config: AllowPolicyConfig | DenyPolicyConfig,
    private readonly map: LookupMap,
  ) {}

  async decide(request: PolicyRequest): Promise<Decision> {
    for (const attribute of this.config.key) {
      const value = request.get(attribute);
      if (value === '') continue;
      const outcome = await this.map.lookup(Buffer.from(value));
      if (outcome.kind === 'found') return this.#listed(attribute);
      if (outcome.kind !== 'notFound') return notKnown(this.config, outcome.reason);
    }
    return pass(`not in "${this.config.map}"`);
  }

  #listed(attribute: string): Decision {
    const why = `${attribute} is in "${this.config.map}"`;
    if (this.config.type === 'allow') return { verdict: 'permit', why };
    return refusal(this.config.action, why, this.config.text);
  }
}

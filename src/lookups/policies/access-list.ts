import type { AccessPolicyConfig } from '../../config/model.js';
import type { LookupMap } from '../lookup.js';
import { notKnown } from './failed.js';
import { type Decision, type Policy, pass } from './policy.js';
import type { PolicyRequest } from './request.js';

/**
 * A list of those who are let through, or refused: the map is asked for each attribute in turn. Let through means
 * that no further policy of the listener is asked; the mail server's own restrictions hold.
 */
export class AccessList implements Policy {
  readonly name: string;

  constructor(
    private readonly config: AccessPolicyConfig,
    private readonly map: LookupMap,
  ) {
    this.name = config.id;
  }

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
    const { type, action, text, map } = this.config;
    const why = `${attribute} is in "${map}"`;
    if (type === 'allow') return { verdict: 'permit', why };
    return { verdict: action, why, text: `${action === 'defer' ? '4.7.1' : '5.7.1'} ${text}` };
  }
}

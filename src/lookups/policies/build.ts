import type { PolicyConfig } from '../../config/model.js';
import type { LookupStore } from '../../stores/store.js';
import type { LookupMap } from '../lookup.js';
import { AccessList } from './access-list.js';
import { Greylist } from './greylist.js';
import type { MailMemory } from './mail-memory.js';
import { withOnError } from './on-error.js';
import type { Policy, Rule } from './policy.js';
import { RateLimit } from './rate-limit.js';

/** Where policies find what they name. */
export interface PolicyResources {
  store(id: string): LookupStore | undefined;
  map(id: string): LookupMap | undefined;
  /** What other processes share with this one, of a policy that needs a memory; by default it has its own. */
  memory?: ((policy: string) => MailMemory) | undefined;
}

/** All policies of a configuration. Throws when one names what is not there. */
export function buildPolicies(
  configs: ReadonlyMap<string, PolicyConfig>,
  resources: PolicyResources,
): ReadonlyMap<string, Policy> {
  return new Map([...configs].map(([id, config]) => [id, withOnError(config, ruleOf(config, resources))]));
}

function ruleOf(config: PolicyConfig, resources: PolicyResources): Rule {
  switch (config.type) {
    case 'greylist':
      return new Greylist(config, named('store', config.store, resources.store(config.store)));
    case 'rate-limit':
      return new RateLimit(
        config,
        named('store', config.store, resources.store(config.store)),
        resources.memory?.(config.id),
      );
    case 'allow':
    case 'deny':
      return new AccessList(config, named('map', config.map, resources.map(config.map)));
  }
}

function named<T>(kind: string, id: string, found: T | undefined): T {
  if (found === undefined) throw new Error(`a policy names the ${kind} "${id}", which is not there`);
  return found;
}

import type { Config, MapConfig, PolicyConfig, StoreConfig } from '../config/model.js';
import { didYouMean } from '../config/suggestion.js';
import { type Bytes, toBuffer } from '../core/bytes.js';
import { systemClock } from '../core/clock.js';
import type { Outcome } from '../core/outcome.js';
import { LookupCache, uncountedCache } from '../lookups/cache.js';
import { type ListEvents, silentListEvents } from '../lookups/lists/list-events.js';
import type { LookupMap, LookupOptions } from '../lookups/lookup.js';
import { buildPolicies } from '../lookups/policies/build.js';
import { type Decision, decideInOrder, type Policy } from '../lookups/policies/policy.js';
import { type PolicyAttributes, PolicyRequest } from '../lookups/policies/request.js';
import { openStores, type StoreDependencies } from '../stores/factory.js';
import { withShards } from '../stores/shards.js';
import type { LookupStore } from '../stores/store.js';
import { Lists } from './lists.js';
import { buildMaps } from './maps.js';

export interface LookupsOptions extends StoreDependencies {
  /** Stores that are open already, by id: these are asked, and stay open. The others are opened. */
  readonly stores?: ReadonlyMap<string, LookupStore> | undefined;
}

/** What was decided about mail. */
export interface PolicyDecision extends Decision {
  /** The policy that did not pass, or the last one that was asked. */
  readonly policy: string | undefined;
}

/** The maps and policies of a configuration, for use from Node as mail servers use them through the daemon. */
export interface Lookups extends AsyncDisposable {
  readonly maps: ReadonlyMap<string, LookupMap>;
  /** Looks a key up in the map of that id. Never rejects for a store: failures are outcomes. */
  lookup(map: string, key: Bytes, options?: LookupOptions): Promise<Outcome>;
  /**
   * Asks policies in order, as a listener does: the first that does not pass decides. Never rejects for a store:
   * then the policy's `on-error` decides.
   */
  decide(policies: string | readonly string[], attributes: PolicyAttributes): Promise<PolicyDecision>;
  close(): Promise<void>;
}

/** As the library's entry says. Rejects with StoreError or ListsRefused. */
export async function openLookups(config: Config, options: LookupsOptions = {}): Promise<Lookups> {
  const lists = new Lists(options.clock ?? systemClock, toldTo(options.log));
  const prepared = await lists.prepare(config);
  const given = options.stores ?? new Map<string, LookupStore>();
  const missing = [...storesOf(config)].filter((store) => !given.has(store.id));
  const opened = await openStores({ ...config, stores: withShards(config.stores, missing) }, options);
  prepared.commit();
  await lists.tried();
  const storeOf = (id: string) => given.get(id) ?? opened.get(id);
  const maps = buildMaps(config, { storeOf, listOf: prepared.sourceOf }, ({ cache }) =>
    cache === undefined ? undefined : new LookupCache(cache, options.clock ?? systemClock, uncountedCache),
  );
  const policies = buildPolicies(config.policies, { store: storeOf, map: (id) => maps.get(id) });
  return new OpenLookups(config, maps, policies, async () => {
    lists.close();
    await opened[Symbol.asyncDispose]();
  });
}

/** What is left of a configuration when nothing but these maps and policies is wanted. */
export function reducedTo(config: Config, wanted: { maps: readonly string[]; policies: readonly string[] }): Config {
  const policies = pick(config.policies, wanted.policies);
  const listed = [...policies.values()].flatMap((policy) => ('map' in policy ? [policy.map] : []));
  const maps = pick(config.maps, [...wanted.maps, ...listed]);
  const sources = [...maps.values()].flatMap((map) => map.sources);
  const lists = sources.filter(({ kind }) => kind === 'lookup').map(({ id }) => id);
  return { ...config, policies, maps, lookups: pick(config.lookups, lists) };
}

function pick<T>(all: ReadonlyMap<string, T>, ids: readonly string[]): ReadonlyMap<string, T> {
  return new Map([...all].filter(([id]) => ids.includes(id)));
}

/** Those that a map or a policy names. */
function storesOf({ stores, maps, policies }: Config): Set<StoreConfig> {
  const names = [...[...maps.values()].flatMap(storesOfMap), ...[...policies.values()].flatMap(storesOfPolicy)];
  return new Set(names.map((id) => stores.get(id)!));
}

function storesOfMap({ sources }: MapConfig): string[] {
  return sources.filter(({ kind }) => kind === 'store').map(({ id }) => id);
}

function storesOfPolicy(policy: PolicyConfig): string[] {
  return 'store' in policy ? [policy.store] : [];
}

function toldTo(log: StoreDependencies['log']): ListEvents {
  if (log === undefined) return silentListEvents;
  return {
    ...silentListEvents,
    failed: (list, reason) => log.warn({ list, reason }, 'list not loaded: what was loaded before stays'),
  };
}

class OpenLookups implements Lookups {
  constructor(
    private readonly config: Config,
    readonly maps: ReadonlyMap<string, LookupMap>,
    private readonly policies: ReadonlyMap<string, Policy>,
    private readonly closeAll: () => Promise<void>,
  ) {}

  async lookup(map: string, key: Bytes, options?: LookupOptions): Promise<Outcome> {
    return await this.#named(this.maps, 'map', map).lookup(toBuffer(key), options);
  }

  async decide(policies: string | readonly string[], attributes: PolicyAttributes): Promise<PolicyDecision> {
    const names = typeof policies === 'string' ? [policies] : policies;
    const asked = names.map((name) => this.#named(this.policies, 'policy', name));
    let policy: string | undefined;
    const decision = await decideInOrder(asked, PolicyRequest.of(attributes), (name) => {
      policy = name;
    });
    return { ...decision, policy };
  }

  close(): Promise<void> {
    return this.closeAll();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.closeAll();
  }

  #named<T>(all: ReadonlyMap<string, T>, kind: string, id: string): T {
    const named = all.get(id);
    if (named !== undefined) return named;
    const hint = didYouMean(id, all.keys());
    throw new TypeError(`${this.config.file} has no ${kind} "${id}"${hint === undefined ? '' : `: ${hint}`}`);
  }
}

/**
 * `lookupd`: stores, maps and policies described in TOML, for use from Node.
 *
 *     const stores = await openStores(loadConfig('lookupd.toml'));
 *     const value = await stores.get('redis')?.getText('alias:ceo@example.com');
 *
 *     const lookups = await openLookups(loadConfig('lookupd.toml'));
 *     const outcome = await lookups.lookup('aliases', 'ceo@example.com');
 */
import type { Config } from './config/model.js';
import type { Lookups, LookupsOptions } from './daemon/open-lookups.js';

export { type ConfigOptions, type ConfigSource, loadConfig } from './config/load.js';
export type { Config, EmbeddedStoreConfig, Problem, RedisStoreConfig, StoreConfig } from './config/model.js';
export { ConfigError } from './config/problem.js';
export { Secret } from './config/secret.js';
export type { Bytes } from './core/bytes.js';
export type { Cancel, Clock } from './core/clock.js';
export { StoreError, type StoreErrorCode, type StoreErrorDetails } from './core/errors.js';
export type { Outcome } from './core/outcome.js';
export type { Random } from './core/random.js';
export type { Lookups, LookupsOptions, PolicyDecision } from './daemon/open-lookups.js';
export type { NodeStatus, Topology } from './links/link.js';
export type { Explanation, LookupMap, LookupOptions, Try } from './lookups/lookup.js';
export type { Decision } from './lookups/policies/policy.js';
export type { PolicyAttributes } from './lookups/policies/request.js';
export { type Argument, Double, type Reply, ReplyError, VerbatimText } from './resp/reply.js';
export { openStore, openStores, type StoreDependencies, type Stores } from './stores/factory.js';
export type { StoreObserver } from './stores/observer.js';
export type { StoreOptions } from './stores/options.js';
export type * from './stores/store.js';

/**
 * Opens what the maps and policies of a configuration need: stores and lists. Lists that are fetched are waited for,
 * but one that cannot be is no error, nor is a store that is down: asking them fails temporarily. Rejects with StoreError,
 * and where a list's file cannot be used, leaving nothing open.
 */
export async function openLookups(config: Config, options: LookupsOptions = {}): Promise<Lookups> {
  // Loaded only where it is used: lists and what reads them take as long as everything else together.
  return await (await import('./daemon/open-lookups.js')).openLookups(config, options);
}

/**
 * `lookupd`: stores described in TOML, for use from Node.
 *
 *     const stores = await openStores(loadConfig('lookupd.toml'));
 *     const value = await stores.get('redis')?.getText('alias:ceo@example.com');
 */
export { type ConfigOptions, type ConfigSource, loadConfig } from './config/load.js';
export type { Config, EmbeddedStoreConfig, Problem, RedisStoreConfig, StoreConfig } from './config/model.js';
export { ConfigError } from './config/problem.js';
export { Secret } from './config/secret.js';
export type { Bytes } from './core/bytes.js';
export type { Cancel, Clock } from './core/clock.js';
export { StoreError, type StoreErrorCode, type StoreErrorDetails } from './core/errors.js';
export type { Random } from './core/random.js';
export type { NodeStatus, Topology } from './links/link.js';
export { type Argument, Double, type Reply, ReplyError, VerbatimText } from './resp/reply.js';
export { openStore, openStores, type StoreDependencies, type Stores } from './stores/factory.js';
export type { StoreObserver } from './stores/observer.js';
export type { StoreOptions } from './stores/options.js';
export type * from './stores/store.js';

/**
 * From the configuration to open stores. Opening connects, so that a wrong host or password shows at the
 * start and not at the first mail, but a server that is down does not prevent it: the link goes on trying
 * and calls fail temporarily until then. `shutdown-on-error` makes it fail; `lazy-connect` connects at the
 * first call.
 */
import type { Config, LinkedStoreConfig } from '../config/model.js';
import { type Clock, sleep, systemClock } from '../core/clock.js';
import type { StoreError } from '../core/errors.js';
import { type Random, systemRandom } from '../core/random.js';
import type { Link } from '../links/link.js';
import type { LinkDependencies, LinkLog } from '../links/registry.js';
import { toStoreError } from './failures.js';
import { fill } from './fill.js';
import { LinkStore } from './link-store.js';
import { type StoreObserver, silentObserver } from './observer.js';
import { type StoreOptions, storeConfigOf } from './options.js';
import { isLink, shardedStore } from './shards.js';
import type { LookupStore } from './store.js';

export interface StoreDependencies {
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** What connections and topologies have to say; pino's shape. Silent by default. */
  readonly log?: LinkLog | undefined;
  /** Who counts what a store does. */
  readonly observer?: ((store: string) => StoreObserver) | undefined;
}

/** Stores by their ids, closed together. */
export type Stores = ReadonlyMap<string, LookupStore> & AsyncDisposable;

/**
 * Opens every store of a configuration. All or nothing: when one cannot be opened, the others are closed
 * again and its StoreError is thrown.
 */
export async function openStores(config: Config, dependencies: StoreDependencies = {}): Promise<Stores> {
  const stores = new StoreMap();
  const configs = [...config.stores.values()];
  const opening = configs.filter(isLink).map(async (store) => {
    stores.set(store.id, await openFilled(store, dependencies));
  });
  const failed = (await Promise.allSettled(opening)).find((ended) => ended.status === 'rejected');
  if (failed === undefined) {
    const { clock = systemClock } = dependencies;
    for (const store of configs) {
      if (!isLink(store))
        stores.set(
          store.id,
          shardedStore(store, (id) => stores.get(id), clock),
        );
    }
    return stores;
  }
  await stores[Symbol.asyncDispose]();
  throw failed.reason;
}

/**
 * Opens one store from the keys of `[store.<id>]`, as an object: `openStore({ type: 'redis', url: 'redis://…' })`.
 * Throws ConfigError when they are wrong.
 */
export async function openStore(options: StoreOptions, dependencies: StoreDependencies = {}): Promise<LookupStore> {
  return await openFilled(storeConfigOf(options), dependencies);
}

/** Opens a store that was configured, without the data an embedded one starts with. */
export async function openConfigured(
  config: LinkedStoreConfig,
  dependencies: StoreDependencies = {},
): Promise<LookupStore> {
  return (await openLinked(config, dependencies)).store;
}

/** A store together with its link, for who talks to the nodes themselves. */
export async function openLinked(
  config: LinkedStoreConfig,
  dependencies: StoreDependencies = {},
): Promise<{ readonly store: LookupStore; readonly link: Link }> {
  const { clock = systemClock, random = systemRandom, log } = dependencies;
  const observer = dependencies.observer?.(config.id) ?? silentObserver;
  const link = await linkOf(config, { clock, random, log }).catch((error: unknown) => {
    throw failureToOpen(error, config.id, undefined);
  });
  const lazy = config.type === 'redis' && config.lazyConnect;
  if (!lazy) await connect(link, config, { clock, log });
  return { store: new LinkStore(link, config, { clock, random, observer }), link };
}

async function linkOf(config: LinkedStoreConfig, dependencies: LinkDependencies): Promise<Link> {
  // Loaded only where they are used: the client library and the server take longer than everything else together.
  if (config.type === 'redis') return (await import('../links/registry.js')).createLink(config, dependencies);
  return (await import('../links/embedded.js')).createEmbeddedLink(config, dependencies);
}

/** How long a server that neither accepts nor refuses may hold up the start, in milliseconds. */
const START_WAIT = 1_000;

async function connect(
  link: Link,
  config: LinkedStoreConfig,
  { clock, log }: { clock: Clock; log: LinkLog | undefined },
) {
  const within = config.type === 'redis' ? config.connectTimeout : config.timeout;
  const failureOf = (error: unknown) => failureToOpen(error, config.id, link.nodeFor(undefined, false));
  const opening = link.open(clock.now() + within);
  if (config.type === 'redis' && !config.shutdownOnError) {
    const opened = opening.catch((error: unknown) => {
      const failure = failureOf(error);
      log?.warn({ store: config.id, code: failure.code }, `${failure.message}; it is tried again`);
    });
    await Promise.race([opened, sleep(clock, START_WAIT)]);
    return;
  }
  try {
    await opening;
  } catch (error) {
    await link.close();
    throw failureOf(error);
  }
}

function failureToOpen(error: unknown, store: string, node: string | undefined): StoreError {
  return toStoreError(error, { store, operation: 'open', node, attempts: 1, indeterminate: false });
}

async function openFilled(config: LinkedStoreConfig, dependencies: StoreDependencies): Promise<LookupStore> {
  const store = await openConfigured(config, dependencies);
  if (config.type === 'embedded') await fill(store, config.data, { ifAbsent: config.files !== undefined });
  return store;
}

class StoreMap extends Map<string, LookupStore> {
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([...this.values()].map((store) => store.close()));
  }
}

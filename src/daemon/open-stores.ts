import type { Config, LinkedStoreConfig, ShardedStoreConfig, StoreConfig } from '../config/model.js';
import type { Clock } from '../core/clock.js';
import { isLink, shardedStore } from '../stores/shards.js';
import type { LookupStore } from '../stores/store.js';
import { seed } from './seed.js';
import { storeIdentity } from './store-identity.js';

/** A store of the running daemon, with what it was opened for. */
export interface OpenStore {
  readonly store: LookupStore;
  readonly config: StoreConfig;
  readonly identity: string;
}

export type OpenStores = ReadonlyMap<string, OpenStore>;

/**
 * Opens every store of the configuration, except those of `running` that are the same. All or none: when
 * one cannot be opened, the newly opened ones are closed again and the error is thrown.
 */
export async function openStores(
  config: Config,
  running: OpenStores,
  open: (config: LinkedStoreConfig) => Promise<LookupStore>,
  clock: Clock,
): Promise<OpenStores> {
  const opened = new Map<string, OpenStore>();
  const openOne = async (storeConfig: LinkedStoreConfig): Promise<void> => {
    const { id } = storeConfig;
    const identity = storeIdentity(storeConfig);
    const same = running.get(id);
    if (same?.identity === identity) {
      opened.set(id, { store: same.store, config: storeConfig, identity });
      return;
    }
    opened.set(id, { store: await open(storeConfig), config: storeConfig, identity });
  };
  const results = await Promise.allSettled([...config.stores.values()].filter(isLink).map(openOne));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) {
    await closeAllBut(opened, running);
    throw failure.reason;
  }
  for (const storeConfig of config.stores.values()) {
    if (!isLink(storeConfig)) opened.set(storeConfig.id, compose(storeConfig, opened, running, clock));
  }
  return opened;
}

/** The one that runs already where all that it is made of does. */
function compose(config: ShardedStoreConfig, opened: OpenStores, running: OpenStores, clock: Clock): OpenStore {
  const identity = storeIdentity(config);
  const same = running.get(config.id);
  const isSame = config.stores.every((id) => opened.get(id)?.store === running.get(id)?.store);
  if (same?.identity === identity && isSame) return { store: same.store, config, identity };
  return { store: shardedStore(config, (id) => opened.get(id)?.store, clock), config, identity };
}

/** Writes the embedded stores' data, where it is new. */
export async function seedStores(stores: OpenStores, before: OpenStores): Promise<void> {
  for (const [id, { store, config }] of stores) {
    const previous = before.get(id);
    await seed(store, config, previous?.store === store ? previous.config : undefined);
  }
}

/** Closes the stores of `stores` that `kept` does not use. A store that fails to close is as good as closed. */
export async function closeAllBut(stores: OpenStores, kept: OpenStores): Promise<void> {
  const unused = [...stores].filter(([id, { store }]) => kept.get(id)?.store !== store);
  await Promise.allSettled(unused.map(([, { store }]) => store.close()));
}

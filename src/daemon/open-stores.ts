import type { Config, StoreConfig } from '../config/model.js';
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
  open: (config: StoreConfig) => Promise<LookupStore>,
): Promise<OpenStores> {
  const opened = new Map<string, OpenStore>();
  const openOne = async (storeConfig: StoreConfig): Promise<void> => {
    const { id } = storeConfig;
    const identity = storeIdentity(storeConfig);
    const same = running.get(id);
    if (same?.identity === identity) {
      opened.set(id, { store: same.store, config: storeConfig, identity });
      return;
    }
    opened.set(id, { store: await open(storeConfig), config: storeConfig, identity });
  };
  const results = await Promise.allSettled([...config.stores.values()].map(openOne));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) {
    await closeAllBut(opened, running);
    throw failure.reason;
  }
  return opened;
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

import type { Config, MapConfig, StoreConfig } from '../../config/model.js';
import { openStores } from '../../stores/factory.js';
import type { LookupStore } from '../../stores/store.js';
import { besideDaemon } from '../beside-daemon.js';
import { option, UsageError } from '../command.js';
import { loadCommandConfig } from '../config-file.js';
import { eagerStores, named } from '../store-access.js';
import type { Terminal } from '../terminal.js';

export const storeOption = option.text(
  '--store <id>',
  "which of the map's stores, when it has several; by default the first",
);

export interface MapInvocation {
  readonly args: { readonly map: string };
  readonly options: { readonly config: string | undefined; readonly store: string | undefined };
  readonly terminal: Terminal;
}

/** A map and the one of its stores that holds what is moved. */
export interface MapStore {
  readonly map: MapConfig;
  readonly storeConfig: StoreConfig;
  readonly store: LookupStore;
}

/** Opens it for as long as `use` runs. */
export async function withMapStore<T>(
  { args, options, terminal }: MapInvocation,
  use: (opened: MapStore) => Promise<T>,
): Promise<T> {
  const config = loadCommandConfig(options.config, terminal);
  const map = named(config.maps, args.map, 'map', config);
  const storeConfig = storeOf(config, map, options.store);
  await using stores = await openStores(await besideDaemon({ ...config, stores: eagerStores(config, storeConfig) }));
  return await use({ map, storeConfig, store: stores.get(storeConfig.id) as LookupStore });
}

function storeOf(config: Config, map: MapConfig, wanted: string | undefined): StoreConfig {
  const ids = map.sources.filter(({ kind }) => kind === 'store').map(({ id }) => id);
  const id = wanted ?? ids[0];
  if (id === undefined) throw new UsageError(`map "${map.id}" has no store: its lists are changed where they are`);
  if (!ids.includes(id)) throw new UsageError(`map "${map.id}" has no store "${id}": it has ${ids.join(', ')}`);
  return named(config.stores, id, 'store', config);
}

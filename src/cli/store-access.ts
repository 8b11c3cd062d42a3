/**
 * How a command that lives for one operation gets at a store: connected before it is used, so that a wrong
 * host or password is told as what it is, and closed whatever happens. An embedded store is filled with its
 * `data`; without a path what is written to it is gone when the command ends, since the daemon has another one.
 */
import type { Config, StoreConfig } from '../config/model.js';
import { didYouMean } from '../config/suggestion.js';
import { openStores } from '../stores/factory.js';
import { withShards } from '../stores/shards.js';
import type { LookupStore } from '../stores/store.js';
import { besideDaemon } from './beside-daemon.js';
import { argument, option, UsageError } from './command.js';
import { configOption, loadCommandConfig } from './config-file.js';
import type { Terminal } from './terminal.js';

export const storeArgument = argument.required('the <id> of [store.<id>]');
export const keyArgument = argument.required("the key, without the store's key-prefix");
export const jsonOption = option.flag('--json', 'print JSON');
/** The options of every command on a store. */
export const storeOptions = { config: configOption, json: jsonOption };

export interface StoreInvocation {
  readonly args: { readonly store: string };
  readonly options: { readonly config: string | undefined };
  readonly terminal: Terminal;
}

/** Opens the store an invocation names, for as long as `use` runs. */
export async function withStore<T>(
  { args, options, terminal }: StoreInvocation,
  use: (store: LookupStore, config: StoreConfig) => Promise<T>,
): Promise<T> {
  const config = loadCommandConfig(options.config, terminal);
  const storeConfig = named(config.stores, args.store, 'store', config);
  await using stores = await openStores(await besideDaemon({ ...config, stores: eagerStores(config, storeConfig) }));
  return await use(stores.get(args.store)!, storeConfig);
}

/** The same for a command that writes. */
export function withWritableStore<T>(invocation: StoreInvocation, use: (store: LookupStore) => Promise<T>): Promise<T> {
  return withStore(invocation, (store, config) => {
    warnOfMemory(config, invocation.terminal);
    return use(store);
  });
}

/** The section of that id, or a UsageError with what may have been meant. */
export function named<T>(
  sections: ReadonlyMap<string, T>,
  id: string,
  kind: 'store' | 'map' | 'dict' | 'policy listener',
  { file }: Config,
): T {
  const section = sections.get(id);
  if (section !== undefined) return section;
  const known = [...sections.keys()];
  const others = known.length === 0 ? 'it has none' : `it has ${known.map((name) => `"${name}"`).join(', ')}`;
  throw new UsageError(`${file} has no ${kind} "${id}": ${didYouMean(id, known) ?? others}`);
}

/** Connected before it is used, and not opened at all without a connection, also where the daemon would go on trying. */
export function eager<T extends StoreConfig>(config: T): T {
  return config.type === 'redis' ? { ...config, lazyConnect: false, shutdownOnError: true } : config;
}

/** A store and those it is made of, each connected. */
export function eagerStores({ stores }: Config, store: StoreConfig): ReadonlyMap<string, StoreConfig> {
  return new Map([...withShards(stores, [store])].map(([id, config]) => [id, eager(config)]));
}

/** A write to an embedded store does nothing that lasts: say so. */
export function warnOfMemory(config: StoreConfig, { err }: Terminal): void {
  if (config.type !== 'embedded' || config.files !== undefined) return;
  const what = `store "${config.id}" is embedded and in memory: this change is gone when the command ends`;
  err.write(`${err.colors.yellow('lookupd:')} ${what}\n`);
}

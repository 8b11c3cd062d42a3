import type { Config, LinkedStoreConfig } from '../../config/model.js';
import { argument, defineCommand, UsageError } from '../command.js';
import { configOption, loadCommandConfig } from '../config-file.js';
import { jsonOption, named } from '../store-access.js';

/** `lookupd console`: commands of Redis at a prompt, or from a pipe. */
export const consoleCommand = defineCommand({
  name: 'console',
  summary: 'talk to a store at a prompt, as redis-cli does',
  description:
    'Sends commands of Redis to a store, on a cluster to the node that has the keys, and shows the replies as redis-cli ' +
    'does. At a terminal there is a history (in $XDG_STATE_HOME/lookupd or ~/.local/state/lookupd, without passwords), ' +
    'completion with the tabulator, help, and quotes that go over several lines; MULTI, SELECT, SUBSCRIBE and MONITOR are ' +
    'for this connection alone. From a pipe it takes a command a line, and ends with the exit code of the first failure. Keys ' +
    "are sent as they are, without the store's key-prefix.",
  arguments: { store: argument.optional('the <id> of [store.<id>]; may be left out where there is only one') },
  options: { config: configOption, json: jsonOption },
  examples: [
    { line: 'lookupd console redis', does: 'a prompt; help tells what there is' },
    { line: 'lookupd console redis < commands.txt', does: 'a command a line, bare replies' },
  ],
  async run({ args, options, terminal }) {
    const store = chosen(loadCommandConfig(options.config, terminal), args.store);
    // Loaded only here: it takes the whole command table.
    const { openConsole } = await import('../console/open.js');
    return await openConsole(store, terminal, options.json);
  },
});

function chosen(config: Config, id: string | undefined): LinkedStoreConfig {
  const ids = [...config.stores.keys()];
  const [only] = ids;
  if (id === undefined && (only === undefined || ids.length > 1)) {
    const which = only === undefined ? 'has no store' : `has several stores, name one: ${ids.join(', ')}`;
    throw new UsageError(`${config.file} ${which}`);
  }
  const store = named(config.stores, id ?? only!, 'store', config);
  if (store.type !== 'sharded-in-memory') return store;
  throw new UsageError(`store "${store.id}" spreads its keys over others: name one of ${store.stores.join(', ')}`);
}

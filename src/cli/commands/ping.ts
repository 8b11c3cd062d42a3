import { argument, defineCommand } from '../command.js';
import { configOption, loadCommandConfig } from '../config-file.js';
import { ExitCode } from '../exit-codes.js';
import { printLongJson } from '../json.js';
import { isReachable, printReached, reachAll, reachedJson } from '../reach.js';
import { jsonOption, named } from '../store-access.js';

/** `lookupd ping`: which nodes answer, and how fast. */
export const ping = defineCommand({
  name: 'ping',
  summary: 'tell which nodes answer, and how fast',
  description:
    'Connects to a store, or to all, and asks every node, replicas included. Ends with 0 when all answered, else with 75.',
  arguments: { store: argument.optional('the <id> of [store.<id>]; all when left out') },
  options: { config: configOption, json: jsonOption },
  examples: [
    { line: 'lookupd ping', does: 'a line per node of every store' },
    { line: 'lookupd ping redis --json', does: 'for monitoring' },
  ],
  async run({ args, options, terminal }) {
    const config = loadCommandConfig(options.config, terminal);
    const stores =
      args.store === undefined ? config.stores.values() : [named(config.stores, args.store, 'store', config)];
    const reached = await reachAll(config, stores);
    if (options.json) printLongJson(terminal.out, reached.map(reachedJson));
    else if (reached.length > 0) printReached(terminal.out, reached);
    else terminal.err.write(`${config.file} has no store\n`);
    return reached.every(isReachable) ? ExitCode.ok : ExitCode.temporary;
  },
});

import type { Config } from '../../config/model.js';
import { type FetchedList, fetchLists, readChecked } from '../checked-config.js';
import { defineCommand, option } from '../command.js';
import { configOption } from '../config-file.js';
import { ExitCode } from '../exit-codes.js';
import { printLongJson } from '../json.js';
import { countProblems, printProblems } from '../problems.js';
import { isReachable, printReached, type Reached, reachAll, reachedJson } from '../reach.js';
import type { Output } from '../terminal.js';

/** `lookupd check`: every problem of a configuration, or what it describes. Warnings alone are fine. */
export const check = defineCommand({
  name: 'check',
  summary: 'validate the configuration',
  description:
    'Validates the configuration and the files of its lists, and prints every problem with its place. With --connect it also connects to every store, ' +
    'asks every node and fetches every list of a URL. Ends with 1 on errors, on nodes that do not answer and on lists that cannot be had; warnings do not count as failure.',
  arguments: {},
  options: {
    config: configOption,
    connect: option.flag('--connect', 'also reach every node of every store, and fetch every list of a URL'),
    json: option.flag('--json', 'print the problems as JSON'),
  },
  examples: [
    { line: 'lookupd check -c /etc/lookupd/lookupd.toml', does: 'every problem, with its line and a hint' },
    { line: 'lookupd check --connect', does: 'also tells wrong hosts and passwords' },
    { line: 'lookupd check --json', does: 'the same for an editor or a pipeline' },
  ],
  async run({ options, terminal }) {
    const { config, problems } = await readChecked(options.config, terminal);
    const { out } = terminal;
    if (!options.json) {
      printProblems(problems, out);
      const verdict = config === undefined ? out.colors.red : out.colors.green;
      out.write(`${verdict(countProblems(problems))}${config === undefined ? '' : `: ${describe(config)}`}\n`);
    }
    const stores = options.connect && config !== undefined ? await reachAll(config, config.stores.values()) : undefined;
    const lists = options.connect && config !== undefined ? await fetchLists(config) : [];
    const reached = (stores?.every(isReachable) ?? true) && lists.every(({ error }) => error === undefined);
    const ok = config !== undefined && reached;
    if (options.json) {
      const asked = stores === undefined ? {} : { stores: stores.map(reachedJson), lists };
      printLongJson(out, { ok, problems, ...asked });
    } else if (stores !== undefined) {
      printStores(out, stores);
      printLists(out, lists);
    }
    return ok ? ExitCode.ok : ExitCode.no;
  },
});

function describe(config: Config): string {
  const { stores, lookups, maps, listeners } = config;
  return `stores ${stores.size}, lookups ${lookups.size}, maps ${maps.size}, listeners ${listeners.size}`;
}

function printStores(out: Output, stores: readonly Reached[]): void {
  if (stores.length > 0) printReached(out, stores);
  const missing = stores.filter((store) => !isReachable(store)).map(({ config }) => config.id);
  const { green, red } = out.colors;
  if (missing.length === 0) out.write(`${green('every store answers')}\n`);
  else out.write(`${red(`not everything answers: ${missing.join(', ')}`)}\n`);
}

function printLists(out: Output, lists: readonly FetchedList[]): void {
  const { green, red } = out.colors;
  for (const { list, entries, error } of lists) {
    const result = error === undefined ? green(`${entries} entries`) : red(error);
    out.write(`list ${list}: ${result}\n`);
  }
}

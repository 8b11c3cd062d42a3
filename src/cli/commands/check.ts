import type { Config } from '../../config/model.js';
import { defineCommand, option } from '../command.js';
import { configOption, readCommandConfig } from '../config-file.js';
import { ExitCode } from '../exit-codes.js';
import { countProblems, printProblems } from '../problems.js';

/** `lookupd check`: every problem of a configuration, or what it describes. Warnings alone are fine. */
export const check = defineCommand({
  name: 'check',
  summary: 'validate the configuration',
  description: 'Validates the configuration and prints every problem with its place. Warnings do not count as failure.',
  arguments: {},
  options: {
    config: configOption,
    json: option.flag('--json', 'print the problems as JSON'),
  },
  examples: [
    { line: 'lookupd check -c /etc/lookupd/lookupd.toml', does: 'every problem, with its line and a hint' },
    { line: 'lookupd check --json', does: 'the same for an editor or a pipeline' },
  ],
  run({ options, terminal }) {
    const { config, problems } = readCommandConfig(options.config, terminal);
    const { out } = terminal;
    if (options.json) out.write(`${JSON.stringify({ ok: config !== undefined, problems }, null, 2)}\n`);
    else {
      printProblems(problems, out);
      const verdict = config === undefined ? out.colors.red : out.colors.green;
      out.write(`${verdict(countProblems(problems))}${config === undefined ? '' : `: ${describe(config)}`}\n`);
    }
    return config === undefined ? ExitCode.no : ExitCode.ok;
  },
});

function describe(config: Config): string {
  const { stores, lookups, maps, listeners } = config;
  return `stores ${stores.size}, lookups ${lookups.size}, maps ${maps.size}, listeners ${listeners.size}`;
}

import type { ConfigReading } from '../config/load.js';
import type { Config, Problem } from '../config/model.js';
import { FileRefused, readListFile } from '../lookups/lists/list-file.js';
import { problemsOfFile, problemsOfLines } from '../lookups/lists/list-problems.js';
import { readCommandConfig } from './config-file.js';
import type { Terminal } from './terminal.js';

/** The configuration with the problems of the files its lists are in. */
export async function readChecked(file: string | undefined, terminal: Terminal): Promise<ConfigReading> {
  const { config, problems } = readCommandConfig(file, terminal);
  if (config === undefined) return { config, problems };
  const all = [...problems, ...(await problemsOfLists(config))];
  return { config: all.some(({ severity }) => severity === 'error') ? undefined : config, problems: all };
}

/** One file after the other: each may be large. */
async function problemsOfLists(config: Config): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const lookup of config.lookups.values()) {
    if (lookup.kind !== 'file') continue;
    try {
      problems.push(...problemsOfLines(lookup.path, (await readListFile(lookup)).notices));
    } catch (error) {
      if (!(error instanceof FileRefused)) throw error;
      problems.push(...problemsOfFile(config, error));
    }
  }
  return problems;
}

import type { ConfigReading } from '../config/load.js';
import type { Config, HttpLookupConfig, Problem } from '../config/model.js';
import { systemClock } from '../core/clock.js';
import { HttpList } from '../lookups/lists/http-list.js';
import { silentListEvents } from '../lookups/lists/list-events.js';
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

/** What became of a list that is fetched. */
export interface FetchedList {
  readonly list: string;
  readonly entries: number | undefined;
  readonly error: string | undefined;
}

/** Fetches each list once, all at the same time. Never rejects. */
export function fetchLists(config: Config): Promise<FetchedList[]> {
  const lists = [...config.lookups.values()].filter((lookup) => lookup.kind === 'http');
  return Promise.all(lists.map(fetchOnce));
}

async function fetchOnce(lookup: HttpLookupConfig): Promise<FetchedList> {
  let error: string | undefined;
  const list = new HttpList(lookup, systemClock, {
    ...silentListEvents,
    failed: (_, reason) => {
      error = reason;
    },
  });
  await list.load();
  list.close();
  return { list: lookup.id, entries: list.source.list?.entries, error };
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

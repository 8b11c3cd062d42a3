import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { machine } from '../report.js';
import { appendOnly } from './append-only.js';
import { largeValues } from './large-values.js';
import { replication } from './replication.js';
import { type Section, sectionText } from './section.js';
import { background, saving } from './snapshots.js';

const PAGE = 'docs/benchmarks-persistence.md';
/** What stands below the tables is written by hand. */
const NOTES = '## What is behind the figures\n';

const sections: readonly Section[] = [saving, background, largeValues, appendOnly, replication];
export const persistenceNames = sections.map(({ title }) => title);

/** Files and replicas of the bundled server beside redis-server's: the tables that are asked for, into the page with `write`. */
export async function benchPersistence(
  wanted: (name: string) => boolean,
  { pairs, write }: { readonly pairs: number; readonly write: boolean },
): Promise<void> {
  for (const section of sections.filter(({ title }) => wanted(title))) {
    const text = sectionText(section, await section.measure(pairs), pairs);
    console.log(text);
    if (write) writePage(section, text);
  }
}

/** Each table at once: a run that is cut short leaves what it has measured. */
function writePage({ title }: Section, text: string): void {
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
  const parts = page.split(/^(?=## )/m).map((part) => [/^## (.*)/.exec(part)?.[1], part.trim()] as const);
  const known = new Map(parts).set(title, text.trim());
  const tables = sections.map((section) => known.get(section.title) ?? '').filter((table) => table !== '');
  const notes = page.includes(NOTES) ? page.slice(page.indexOf(NOTES)).trim() : '';
  writeFileSync(PAGE, `${[HEAD.trim(), `${machine()}`, ...tables, notes].join('\n\n').trim()}\n`);
}

const HEAD = `# Benchmarks of files and replicas

\`lookupd server\` beside redis-server 7.0.15, each in a process of its own and at the same settings, in turn.
\`npm run bench -- persistence --write\` measures it all, \`npm run bench -- "persistence Replication" --write\` one table.
Ratios are medians of the pairs with their range.
`;

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { CommandDeclaration, CommandGroup } from '../../../src/server/commands/command.js';
import { allCommands, sentinelModeCommands } from '../../../src/server/commands/index.js';

/**
 * The command table of docs/server.md is written from the declarations: this fails when one of them changed and
 * the page did not (`npx vitest run --project unit test/unit/docs -u` writes it).
 */
const PAGE = '../../../docs/server.md';
const START = '<!-- commands: from the declarations -->\n';
const END = '<!-- /commands -->';

it('docs/server.md lists every command', async () => {
  const page = readFileSync(new URL(PAGE, import.meta.url), 'utf8');
  const [before, rest] = page.split(START) as [string, string];
  const after = rest.slice(rest.indexOf(END));
  await expect(`${before}${START}${table()}${after}`).toMatchFileSnapshot(PAGE);
});

/** The groups in the order of the page. */
const TITLES: Readonly<Record<CommandGroup, string>> = {
  string: 'strings',
  bitmap: 'bitmaps',
  list: 'lists',
  hash: 'hashes',
  set: 'sets',
  'sorted-set': 'sorted sets',
  stream: 'streams',
  geo: 'geo',
  hyperloglog: 'HyperLogLog',
  generic: 'keys',
  transactions: 'transactions',
  scripting: 'scripts',
  pubsub: 'pub/sub',
  connection: 'connection',
  server: 'server',
  cluster: 'cluster',
  sentinel: 'of a sentinel',
};

function table(): string {
  const groups = Object.keys(TITLES) as CommandGroup[];
  const rows = groups.map(row).filter((line) => line !== undefined);
  return ['| group | commands |', '|---|---|', ...rows, ''].join('\n');
}

function row(group: CommandGroup): string | undefined {
  const known = group === 'sentinel' ? sentinelModeCommands : allCommands;
  const commands = known.filter((command) => command.group === group).sort(byName);
  return commands.length === 0 ? undefined : `| ${TITLES[group]} | ${commands.map(nameOf).join(', ')} |`;
}

function nameOf({ name, subcommands = [] }: CommandDeclaration): string {
  const inner = [...subcommands].sort(byName).map((sub) => sub.name.toUpperCase());
  return `\`${name.toUpperCase()}\`${inner.length === 0 ? '' : ` (${inner.join(', ')})`}`;
}

function byName(a: CommandDeclaration, b: CommandDeclaration): number {
  return a.name < b.name ? -1 : 1;
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ArgumentSpec, Command, OptionSpec } from '../../../src/cli/command.js';
import { commands } from '../../../src/cli/commands/index.js';
import { configOption } from '../../../src/cli/config-file.js';
import { EXIT_CODES_HELP } from '../../../src/cli/exit-codes.js';
import { ROOT } from '../../harness/pages.js';

/**
 * docs/commands.md is written from the commands' declarations: this fails when one of them changed and the
 * page did not (`npx vitest run --project unit test/unit/cli/commands-page -u` writes it).
 */
it('docs/commands.md says what the declarations say', async () => {
  await expect(page()).toMatchFileSnapshot('../../../docs/commands.md');
});

it('the README names every command, in the order of the help', () => {
  const row = /^\| Program \| (.*) \|$/m.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))![1]!;
  const named = [...row.matchAll(/(?<!\[)`([\w-]+)/g)].map((match) => match[1]);
  expect(named).toEqual(commands.map(({ name }) => name));
});

function page(): string {
  return [INTRODUCTION, ...commands.map(section)].join('\n');
}

const INTRODUCTION = `# Commands

\`lookupd help <command>\` tells the same. Every command that needs a configuration looks for it in this order: \`-c FILE\`,
\`$LOOKUPD_CONFIG\`, \`lookupd.toml\`, \`config/lookupd.toml\`, \`/etc/lookupd/lookupd.toml\`.

On a terminal the answer is for people; in a pipe it is plain: bare values, no colours, nothing that was not asked for.
\`--json\` is for programs: text as it is, and what is no text as \`null\` with its bytes in base64 beside it
(\`"value": null, "valueBase64": "…"\`); integers beyond 2^53 are strings. What is wrong is said on standard error.
\`NO_COLOR\` and \`FORCE_COLOR\` are honoured.

An embedded store lives in the process that opened it. Without a \`path\` a command gets one of its own, filled with the
\`data\` of the configuration: what it writes there is gone when it ends, and it says so. To see what the daemon's has, ask
the daemon (\`lookupd query --via\`). With a \`path\` the command opens the folder; while the daemon has it, the command asks
where the store \`listen\`s, and fails when it does not.

${EXIT_CODES_HELP.replace('Exit codes:', '| exit code | meaning |\n|---|---|').replace(/^ {2}(\d+) +(.*)$/gm, '| $1 | $2 |')}
`;

function section(command: Command): string {
  const { name, summary, description = `${capitalized(summary)}.`, examples } = command;
  const parts = [`## lookupd ${name}`, '', '```', usage(command), '```', '', plain(description), ''];
  parts.push(...table('argument', Object.entries(command.arguments).map(argumentRow)));
  parts.push(...table('option', Object.values(command.options).filter(isTold).map(optionRow)));
  if (examples.length > 0) parts.push('| example | |', '|---|---|');
  for (const { line, does } of examples) parts.push(`| \`${cell(line)}\` | ${cell(plain(does))} |`);
  return [...parts, ''].join('\n');
}

function usage({ name, options, arguments: args }: Command): string {
  const words = ['lookupd', name];
  if (Object.keys(options).length > 0) words.push('[options]');
  for (const [argument, { shape }] of Object.entries(args)) words.push(bracketed(argument, shape));
  return words.join(' ');
}

function bracketed(name: string, shape: ArgumentSpec['shape']): string {
  switch (shape) {
    case 'required':
      return `<${name}>`;
    case 'optional':
      return `[${name}]`;
    case 'many':
      return `<${name}...>`;
    case 'any':
      return `[${name}...]`;
  }
}

function table(title: string, rows: readonly string[]): string[] {
  return rows.length === 0 ? [] : [`| ${title} | meaning |`, '|---|---|', ...rows, ''];
}

/** Where the configuration is looked for is told once, above. */
function isTold(option: OptionSpec): boolean {
  return option.flags !== configOption.flags;
}

function argumentRow([name, { summary }]: [string, ArgumentSpec]): string {
  return `| \`${name}\` | ${cell(plain(summary))} |`;
}

function optionRow({ flags, summary, choices }: OptionSpec): string {
  const among = choices === undefined ? '' : ` (${choices.map((choice) => `\`${choice}\``).join(', ')})`;
  return `| \`${flags}\` | ${cell(plain(summary))}${among} |`;
}

/** Code, where it is plain that it is; angle brackets outside of it would be taken for HTML. */
function plain(text: string): string {
  return text.replace(/\[[\w.]+<\w+>\]|<\w+>|\{"[^}]*\}|\$[A-Z_]+|(?<![\w-])--[a-z][\w-]*/g, '`$&`');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

import type { CommandDeclaration, CommandGroup } from './command.js';

/** The HELP subcommand of a container: its lines as Redis prints them, `lines` without the first and the last. */
export function helpCommand(
  container: string,
  since: string,
  group: CommandGroup,
  lines: string,
  summary = 'Show helpful text about the different subcommands',
): CommandDeclaration {
  const all = [
    `${container.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
    ...lines.split('\n').slice(1, -1),
    'HELP',
    '    Prints this help.',
  ];
  return {
    name: 'help',
    summary,
    since,
    group,
    complexity: 'O(1)',
    arity: 2,
    flags: ['loading', 'stale'],
    run({ reply }) {
      reply.array(all.length);
      for (const line of all) reply.simple(line);
    },
  };
}

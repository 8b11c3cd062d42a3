import type { CommandDeclaration } from '../../command.js';
import { documentCommand } from '../../introspection/document.js';

export const docs: CommandDeclaration = {
  name: 'docs',
  summary: 'Get array of specific Redis command documentation',
  since: '7.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of commands to look up',
  arguments: ['[command-name...]'],
  arity: -2,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  run({ args, reply, server }) {
    const names = args.texts(2).map((name) => name.toLowerCase());
    const commands =
      names.length === 0
        ? [...server.commands.callable()]
        : names.map((name) => server.commands.get(name)).filter((command) => command !== undefined);
    reply.map(commands.length);
    for (const command of commands) documentCommand(reply, server.commands, command);
  },
};

import type { CommandDeclaration } from '../../command.js';

export const count: CommandDeclaration = {
  name: 'count',
  summary: 'Get total number of Redis commands',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  run({ reply, server }) {
    reply.integer(server.commands.size);
  },
};

import type { CommandDeclaration } from '../../command.js';

export const len: CommandDeclaration = {
  name: 'len',
  summary: "Get the slow log's length",
  since: '2.2.12',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'loading', 'stale'],
  run({ reply, server }) {
    reply.integer(server.slowLog.entries.length);
  },
};

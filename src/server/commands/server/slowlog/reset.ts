import type { CommandDeclaration } from '../../command.js';

export const reset: CommandDeclaration = {
  name: 'reset',
  summary: 'Clear all entries from the slow log',
  since: '2.2.12',
  group: 'server',
  complexity: 'O(N) where N is the number of entries in the slowlog',
  arity: 2,
  flags: ['admin', 'loading', 'stale'],
  run({ reply, server }) {
    server.slowLog.reset();
    reply.ok();
  },
};

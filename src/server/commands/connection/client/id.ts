import type { CommandDeclaration } from '../../command.js';

export const id: CommandDeclaration = {
  name: 'id',
  summary: 'Returns the client ID for the current connection',
  since: '5.0.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  run({ reply, session }) {
    reply.integer(session.id);
  },
};

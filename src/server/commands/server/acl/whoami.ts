import type { CommandDeclaration } from '../../command.js';

export const whoami: CommandDeclaration = {
  name: 'whoami',
  summary: 'Return the name of the user associated to the current connection',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  run({ reply, session }) {
    reply.bulk(session.user.name);
  },
};

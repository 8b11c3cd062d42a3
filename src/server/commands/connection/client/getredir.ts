import type { CommandDeclaration } from '../../command.js';

export const getredir: CommandDeclaration = {
  name: 'getredir',
  summary: 'Get tracking notifications redirection client ID if any',
  since: '6.0.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  run({ reply, session: { tracked } }) {
    reply.integer(tracked ? (tracked.redirect?.id ?? 0) : -1);
  },
};

import type { CommandDeclaration } from '../command.js';

export const quit: CommandDeclaration = {
  name: 'quit',
  summary: 'Close the connection',
  since: '1.0.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: -1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  run({ reply, session }) {
    reply.ok();
    session.closing = true;
  },
};

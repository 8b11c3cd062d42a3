import type { CommandDeclaration } from '../../command.js';

export const unpause: CommandDeclaration = {
  name: 'unpause',
  summary: 'Resume processing of clients that were paused',
  since: '6.2.0',
  group: 'connection',
  complexity: 'O(N) Where N is the number of paused clients',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ reply, server }) {
    server.pause.end();
    reply.ok();
  },
};

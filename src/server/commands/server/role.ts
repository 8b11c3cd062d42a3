import type { CommandDeclaration } from '../command.js';

export const role: CommandDeclaration = {
  name: 'role',
  summary: 'Return the role of the instance in the context of replication',
  since: '2.8.12',
  group: 'server',
  complexity: 'O(1)',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast'],
  categories: ['admin', 'dangerous'],
  run({ reply }) {
    reply.array(3);
    reply.bulk('master');
    reply.integer(0);
    reply.array(0);
  },
};

import type { CommandDeclaration } from '../../command.js';

export const users: CommandDeclaration = {
  name: 'users',
  summary: 'List the username of all the configured ACL rules',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(N). Where N is the number of configured users.',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ reply, server }) {
    const users = server.users.all();
    reply.array(users.length);
    for (const { name } of users) reply.bulk(name);
  },
};

import type { CommandDeclaration } from '../../command.js';

export const list: CommandDeclaration = {
  name: 'list',
  summary: 'List the current ACL rules in ACL config file format',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(N). Where N is the number of configured users.',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ reply, server }) {
    const lines = server.users.lines();
    reply.array(lines.length);
    for (const line of lines) reply.bulk(line);
  },
};

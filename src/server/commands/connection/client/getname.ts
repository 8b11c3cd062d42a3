import type { CommandDeclaration } from '../../command.js';

export const getname: CommandDeclaration = {
  name: 'getname',
  summary: 'Get the current connection name',
  since: '2.6.9',
  group: 'connection',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  run({ reply, session }) {
    if (session.name === '') reply.nil();
    else reply.bulk(session.name);
  },
};

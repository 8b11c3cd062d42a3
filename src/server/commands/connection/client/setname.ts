import type { CommandDeclaration } from '../../command.js';
import { validName } from '../client-name.js';

export const setname: CommandDeclaration = {
  name: 'setname',
  summary: 'Set the current connection name',
  since: '2.6.9',
  group: 'connection',
  complexity: 'O(1)',
  arguments: ['connection-name'],
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  run({ args, reply, session }) {
    session.name = validName(args.text(2), 'Client names');
    reply.ok();
  },
};

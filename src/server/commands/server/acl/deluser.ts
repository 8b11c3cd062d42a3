import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';

export const deluser: CommandDeclaration = {
  name: 'deluser',
  summary: 'Remove the specified ACL users and the associated rules',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(1) amortized time considering the typical user.',
  arguments: ['username...'],
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ args, reply, server, session }) {
    const names = args.texts(2);
    if (names.includes('default')) throw new CommandError("ERR The 'default' user cannot be removed");
    reply.integer(names.filter((name) => server.users.delete(name, session)).length);
  },
};

import { AclError, hasBlank } from '../../../access/rules.js';
import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';

export const setuser: CommandDeclaration = {
  name: 'setuser',
  summary: 'Modify or create the rules for a specific ACL user',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(N). Where N is the number of rules provided.',
  history: ['6.2.0 Added Pub/Sub channel patterns.', '7.0.0 Added selectors and key based permissions.'],
  arguments: ['username', '[rule...]'],
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ args, reply, server }) {
    const name = args.text(2);
    if (hasBlank(name)) throw new CommandError("ERR Usernames can't contain spaces or null characters");
    try {
      server.users.set(name, args.texts(3));
    } catch (error) {
      if (error instanceof AclError) throw new CommandError(`ERR ${error.message}`);
      throw error;
    }
    reply.ok();
  },
};

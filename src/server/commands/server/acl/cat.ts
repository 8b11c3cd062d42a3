import { CommandError, wrongSubcommand } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { ACL_CATEGORIES } from '../../introspection/acl-categories.js';

export const cat: CommandDeclaration = {
  name: 'cat',
  summary: 'List the ACL categories or the commands inside a category',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(1) since the categories and commands are a fixed set.',
  arguments: ['[categoryname]'],
  arity: -2,
  flags: ['noscript', 'loading', 'stale'],
  run({ args, reply, server }) {
    if (args.count > 3) throw wrongSubcommand('ACL', args.text(1));
    const category = args.count > 2 ? args.word(2) : undefined;
    if (category !== undefined && !ACL_CATEGORIES.includes(category)) {
      throw new CommandError(`ERR Unknown category '${args.text(2)}'`);
    }
    const members = category === undefined ? undefined : server.users.commands.in(category);
    const names = members?.map((command) => server.commands.fullName(command)) ?? ACL_CATEGORIES;
    reply.array(names.length);
    for (const name of names) reply.bulk(name);
  },
};

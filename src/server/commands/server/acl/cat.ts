import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import type { CommandTable } from '../../command-table.js';
import { ACL_CATEGORIES, aclCategories } from '../../introspection/acl-categories.js';

export const cat: CommandDeclaration = {
  name: 'cat',
  summary: 'List the ACL categories or the commands inside a category',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(1) since the categories and commands are a fixed set.',
  arity: -2,
  flags: ['noscript', 'loading', 'stale'],
  run({ args, reply, server }) {
    const category = args.count > 2 ? args.word(2) : undefined;
    if (category !== undefined && !ACL_CATEGORIES.includes(category)) {
      throw new CommandError(`ERR Unknown category '${args.text(2)}'`);
    }
    const names = category === undefined ? ACL_CATEGORIES : namesIn(server.commands, category);
    reply.array(names.length);
    for (const name of names) reply.bulk(name);
  },
};

function namesIn(table: CommandTable, category: string): string[] {
  return [...table.all()]
    .flatMap((command) => [command, ...(command.subcommands ?? [])])
    .filter((command) => aclCategories(command).has(category))
    .map((command) => table.fullName(command));
}

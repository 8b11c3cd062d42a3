import { globMatches } from '../../../../core/glob.js';
import { errors } from '../../../errors.js';
import type { Call } from '../../call.js';
import type { CommandDeclaration } from '../../command.js';
import { aclCategories } from '../../introspection/acl-categories.js';

export const list: CommandDeclaration = {
  name: 'list',
  summary: 'Get an array of Redis command names',
  since: '7.0.0',
  group: 'server',
  complexity: 'O(N) where N is the total number of Redis commands',
  arguments: ['[FILTERBY filterby(MODULE module-name | ACLCAT category | PATTERN pattern:pattern)]'],
  arity: -2,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  run(call) {
    const { reply, server } = call;
    const wanted = filter(call);
    const names: string[] = [];
    for (const command of server.commands.callable()) {
      for (const one of [command, ...(command.subcommands ?? [])]) {
        const name = server.commands.fullName(one);
        if (wanted?.(one, name) ?? true) names.push(name);
      }
    }
    reply.array(names.length);
    for (const name of names) reply.bulk(name);
  },
};

function filter({ args }: Call): ((command: CommandDeclaration, name: string) => boolean) | undefined {
  if (args.count === 2) return undefined;
  if (args.count !== 5 || args.word(2) !== 'filterby') throw errors.syntax;
  const value = args.text(4);
  switch (args.word(3)) {
    case 'module':
      return () => false;
    case 'aclcat':
      return (command) => aclCategories(command).has(value.toLowerCase());
    case 'pattern':
      return (_, name) => globMatches(value, name, true);
    default:
      throw errors.syntax;
  }
}

import type { CommandDeclaration } from '../../command.js';
import { keysOfCommand } from '../../introspection/full-command.js';

export const getkeys: CommandDeclaration = {
  name: 'getkeys',
  summary: 'Extract keys given a full Redis command',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(N) where N is the number of arguments to the command',
  arity: -4,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  run(call) {
    const { reply } = call;
    const { args, keys } = keysOfCommand(call);
    reply.array(keys.length);
    for (const { place } of keys) reply.bulkBytes(args.view(place));
  },
};

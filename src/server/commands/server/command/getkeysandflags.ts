import type { CommandDeclaration } from '../../command.js';
import { writeSet } from '../../introspection/describe.js';
import { keysOfCommand } from '../../introspection/full-command.js';

export const getkeysandflags: CommandDeclaration = {
  name: 'getkeysandflags',
  summary: 'Extract keys and access flags given a full Redis command',
  since: '7.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of arguments to the command',
  arity: -4,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  run(call) {
    const { reply } = call;
    const { args, keys } = keysOfCommand(call);
    reply.array(keys.length);
    for (const { place, flags } of keys) {
      reply.array(2);
      reply.bulkBytes(args.view(place));
      writeSet(reply, flags);
    }
  },
};

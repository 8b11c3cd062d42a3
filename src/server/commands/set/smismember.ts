import { type CommandDeclaration, oneKey } from '../command.js';
import { readSet } from './access.js';

export const smismember: CommandDeclaration = {
  name: 'smismember',
  summary: 'Returns the membership associated with the given elements for a set',
  since: '6.2.0',
  group: 'set',
  complexity: 'O(N) where N is the number of elements being checked for membership',
  arguments: ['key#0', 'member...'],
  arity: -3,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run(call) {
    const { args, reply } = call;
    const set = readSet(call, 1);
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) reply.integer(set?.has(args, i) ? 1 : 0);
  },
};

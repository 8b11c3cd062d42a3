import { type CommandDeclaration, oneKey } from '../command.js';
import { readSet, replyMembers } from './access.js';

export const smembers: CommandDeclaration = {
  name: 'smembers',
  summary: 'Get all the members in a set',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(N) where N is the set cardinality.',
  arguments: ['key#0'],
  arity: 2,
  flags: ['readonly'],
  keys: oneKey,
  run(call) {
    replyMembers(call.reply, readSet(call, 1)?.members ?? []);
  },
};

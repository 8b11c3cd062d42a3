import { type CommandDeclaration, oneKey } from '../command.js';
import { readSortedSet } from './access.js';

export const zcard: CommandDeclaration = {
  name: 'zcard',
  summary: 'Get the number of members in a sorted set',
  since: '1.2.0',
  group: 'sorted-set',
  complexity: 'O(1)',
  arguments: ['key#0'],
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run(call) {
    call.reply.integer(readSortedSet(call, 1)?.size ?? 0);
  },
};

import { type CommandDeclaration, oneKey } from '../command.js';
import { readSortedSet } from './access.js';
import { readMembers } from './interval.js';

export const zlexcount: CommandDeclaration = {
  name: 'zlexcount',
  summary: 'Count the number of members in a sorted set between a given lexicographical range',
  since: '2.8.9',
  group: 'sorted-set',
  complexity: 'O(log(N)) with N being the number of elements in the sorted set.',
  arguments: ['key#0', 'min', 'max'],
  arity: 4,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run(call) {
    const interval = readMembers(call.args, 2, 3);
    const zset = readSortedSet(call, 1);
    call.reply.integer(zset ? interval(zset).count : 0);
  },
};

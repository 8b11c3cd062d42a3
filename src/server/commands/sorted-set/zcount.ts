import { type CommandDeclaration, oneKey } from '../command.js';
import { readSortedSet } from './access.js';
import { readScores } from './interval.js';

export const zcount: CommandDeclaration = {
  name: 'zcount',
  summary: 'Count the members in a sorted set with scores within the given values',
  since: '2.0.0',
  group: 'sorted-set',
  complexity: 'O(log(N)) with N being the number of elements in the sorted set.',
  arguments: ['key#0', 'min:double', 'max:double'],
  arity: 4,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run(call) {
    const interval = readScores(call.args, 2, 3);
    const zset = readSortedSet(call, 1);
    call.reply.integer(zset ? interval(zset).count : 0);
  },
};

import { type CommandDeclaration, oneKey } from '../command.js';
import { readInteger } from '../numbers.js';
import { rankRange } from './range.js';
import { removeRange } from './remove-range.js';

export const zremrangebyrank: CommandDeclaration = {
  name: 'zremrangebyrank',
  summary: 'Remove all members in a sorted set within the given indexes',
  since: '2.0.0',
  group: 'sorted-set',
  complexity:
    'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.',
  arguments: ['key#0', 'start:integer', 'stop:integer'],
  arity: 4,
  flags: ['write'],
  keys: oneKey,
  run(call) {
    const start = readInteger(call.args, 2);
    const end = readInteger(call.args, 3);
    removeRange(call, (zset) => rankRange(start, end, zset.size), 'zremrangebyrank');
  },
};

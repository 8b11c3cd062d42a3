import { type CommandDeclaration, oneKey } from '../command.js';
import { readScores } from './interval.js';
import { removeRange } from './remove-range.js';

export const zremrangebyscore: CommandDeclaration = {
  name: 'zremrangebyscore',
  summary: 'Remove all members in a sorted set within the given scores',
  since: '1.2.0',
  group: 'sorted-set',
  complexity:
    'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.',
  arguments: ['key#0', 'min:double', 'max:double'],
  arity: 4,
  flags: ['write'],
  keys: oneKey,
  run: (call) => removeRange(call, readScores(call.args, 2, 3), 'zremrangebyscore'),
};

import { type CommandDeclaration, oneKey } from '../command.js';
import { readMembers } from './interval.js';
import { removeRange } from './remove-range.js';

export const zremrangebylex: CommandDeclaration = {
  name: 'zremrangebylex',
  summary: 'Remove all members in a sorted set between the given lexicographical range',
  since: '2.8.9',
  group: 'sorted-set',
  complexity:
    'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.',
  arguments: ['key#0', 'min', 'max'],
  arity: 4,
  flags: ['write'],
  keys: oneKey,
  run: (call) => removeRange(call, readMembers(call.args, 2, 3), 'zremrangebylex'),
};

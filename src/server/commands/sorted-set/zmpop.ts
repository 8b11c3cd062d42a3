import { Type } from '../../keyspace/value.js';
import { type CommandDeclaration, countedKeys } from '../command.js';
import { readMultiPop } from '../multi-pop.js';
import { findReady } from '../waiting.js';
import { popExtremesWithKey, readExtreme } from './pop-extremes.js';

export const zmpop: CommandDeclaration = {
  name: 'zmpop',
  summary: 'Remove and return members with scores in a sorted set',
  since: '7.0.0',
  group: 'sorted-set',
  complexity:
    'O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of elements popped.',
  arguments: ['numkeys:integer', 'key#0...', 'where(MIN | MAX)', '[COUNT count:integer]'],
  arity: -4,
  flags: ['write', 'movablekeys'],
  keys: countedKeys(1),
  run(call) {
    const { first, last, end, count } = readMultiPop(call.args, 1, readExtreme);
    const i = findReady(call, first, last, Type.zset);
    if (i === undefined) call.reply.nilArray();
    else popExtremesWithKey(call, i, end, count);
  },
};

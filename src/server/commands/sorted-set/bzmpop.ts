import { Type } from '../../keyspace/value.js';
import { type CommandDeclaration, countedKeys } from '../command.js';
import { readMultiPop } from '../multi-pop.js';
import { readTimeout } from '../timeout.js';
import { findReady, waitForKeys } from '../waiting.js';
import { popExtremesWithKey, readExtreme } from './pop-extremes.js';

export const bzmpop: CommandDeclaration = {
  name: 'bzmpop',
  summary: 'Remove and return members with scores in a sorted set or block until one is available',
  since: '7.0.0',
  group: 'sorted-set',
  complexity:
    'O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of elements popped.',
  arguments: ['timeout:double', 'numkeys:integer', 'key#0...', 'where(MIN | MAX)', '[COUNT count:integer]'],
  arity: -5,
  flags: ['write', 'blocking', 'movablekeys'],
  keys: countedKeys(2),
  run(call) {
    const { first, last, end, count } = readMultiPop(call.args, 2, readExtreme);
    const timeout = readTimeout(call.args, 1);
    const i = findReady(call, first, last, Type.zset);
    if (i === undefined) waitForKeys(call, first, last, timeout);
    else popExtremesWithKey(call, i, end, count);
  },
};

import { Type } from '../../keyspace/value.js';
import { type CommandDeclaration, countedKeys } from '../command.js';
import { readMultiPop } from '../multi-pop.js';
import { readTimeout } from '../timeout.js';
import { findReady, waitForKeys } from '../waiting.js';
import { readEnd } from './end.js';
import { popWithKey } from './pop-elements.js';

export const blmpop: CommandDeclaration = {
  name: 'blmpop',
  summary: 'Pop elements from a list, or block until one is available',
  since: '7.0.0',
  group: 'list',
  complexity: 'O(N+M) where N is the number of provided keys and M is the number of elements returned.',
  arguments: ['timeout:double', 'numkeys:integer', 'key#0...', 'where(LEFT | RIGHT)', '[COUNT count:integer]'],
  arity: -5,
  flags: ['write', 'blocking', 'movablekeys'],
  keys: countedKeys(2),
  run(call) {
    const { first, last, end, count } = readMultiPop(call.args, 2, readEnd);
    const timeout = readTimeout(call.args, 1);
    const i = findReady(call, first, last, Type.list);
    if (i === undefined) waitForKeys(call, first, last, timeout);
    else popWithKey(call, i, end, count);
  },
};

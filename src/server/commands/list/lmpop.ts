import { Type } from '../../keyspace/value.js';
import { type CommandDeclaration, countedKeys } from '../command.js';
import { readMultiPop } from '../multi-pop.js';
import { findReady } from '../waiting.js';
import { readEnd } from './end.js';
import { popWithKey } from './pop-elements.js';

export const lmpop: CommandDeclaration = {
  name: 'lmpop',
  summary: 'Pop elements from a list',
  since: '7.0.0',
  group: 'list',
  complexity: 'O(N+M) where N is the number of provided keys and M is the number of elements returned.',
  arguments: ['numkeys:integer', 'key#0...', 'where(LEFT | RIGHT)', '[COUNT count:integer]'],
  arity: -4,
  flags: ['write', 'movablekeys'],
  keys: countedKeys(1),
  run(call) {
    const { first, last, end, count } = readMultiPop(call.args, 1, readEnd);
    const i = findReady(call, first, last, Type.list);
    if (i === undefined) call.reply.nilArray();
    else popWithKey(call, i, end, count);
  },
};

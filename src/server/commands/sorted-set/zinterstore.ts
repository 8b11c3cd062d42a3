import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, countedKeys } from '../command.js';
import { storeResult } from '../store-result.js';
import { newStored } from './access.js';
import { intersectInto, readCombination } from './combination.js';

export const zinterstore: CommandDeclaration = {
  name: 'zinterstore',
  summary: 'Intersect multiple sorted sets and store the resulting sorted set in a new key',
  since: '2.0.0',
  group: 'sorted-set',
  complexity:
    'O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input sorted sets and M being the number of elements in the resulting sorted set.',
  arguments: [
    'destination#0',
    'numkeys:integer',
    'key#1...',
    '[WEIGHTS weight:integer...]',
    '[AGGREGATE aggregate(SUM | MIN | MAX)]',
  ],
  arity: -4,
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: countedKeys(2, 1),
  run(call) {
    const combination = readCombination(call, { at: 2, weighted: true });
    storeResult(call, 1, intersectInto(combination, newStored(call)).settled(), NOTIFY.zset, 'zinterstore');
  },
};

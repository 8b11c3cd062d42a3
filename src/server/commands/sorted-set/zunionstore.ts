import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, countedKeys } from '../command.js';
import { storeResult } from '../store-result.js';
import { newStored } from './access.js';
import { readCombination, unite } from './combination.js';

export const zunionstore: CommandDeclaration = {
  name: 'zunionstore',
  summary: 'Add multiple sorted sets and store the resulting sorted set in a new key',
  since: '2.0.0',
  group: 'sorted-set',
  complexity:
    'O(N)+O(M log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the resulting sorted set.',
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
    storeResult(call, 1, unite(combination, newStored(call)).settled(), NOTIFY.zset, 'zunionstore');
  },
};

import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, countedKeys } from '../command.js';
import { storeResult } from '../store-result.js';
import { newStored } from './access.js';
import { readCombination, subtract } from './combination.js';

export const zdiffstore: CommandDeclaration = {
  name: 'zdiffstore',
  summary: 'Subtract multiple sorted sets and store the resulting sorted set in a new key',
  since: '6.2.0',
  group: 'sorted-set',
  complexity:
    'O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the first set, and K is the size of the result set.',
  arguments: ['destination#0', 'numkeys:integer', 'key#1...'],
  arity: -4,
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: countedKeys(2, 1),
  run(call) {
    const combination = readCombination(call, { at: 2 });
    storeResult(call, 1, subtract(combination, newStored(call)).settled(), NOTIFY.zset, 'zdiffstore');
  },
};

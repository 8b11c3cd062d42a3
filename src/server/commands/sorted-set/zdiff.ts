import { type CommandDeclaration, countedKeys } from '../command.js';
import { newResult } from './access.js';
import { readCombination, replyCombined, subtract } from './combination.js';

export const zdiff: CommandDeclaration = {
  name: 'zdiff',
  summary: 'Subtract multiple sorted sets',
  since: '6.2.0',
  group: 'sorted-set',
  complexity:
    'O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the first set, and K is the size of the result set.',
  arguments: ['numkeys:integer', 'key#0...', '[WITHSCORES]'],
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  keys: countedKeys(1),
  run(call) {
    const combination = readCombination(call, { at: 1, scored: true });
    replyCombined(call, combination, subtract(combination, newResult()));
  },
};

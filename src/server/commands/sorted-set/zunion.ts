import { type CommandDeclaration, countedKeys } from '../command.js';
import { newResult } from './access.js';
import { readCombination, replyCombined, unite } from './combination.js';

export const zunion: CommandDeclaration = {
  name: 'zunion',
  summary: 'Add multiple sorted sets',
  since: '6.2.0',
  group: 'sorted-set',
  complexity:
    'O(N)+O(M*log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the resulting sorted set.',
  arguments: [
    'numkeys:integer',
    'key#0...',
    '[WEIGHTS weight:integer...]',
    '[AGGREGATE aggregate(SUM | MIN | MAX)]',
    '[WITHSCORES]',
  ],
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  keys: countedKeys(1),
  run(call) {
    const combination = readCombination(call, { at: 1, weighted: true, scored: true });
    replyCombined(call, combination, unite(combination, newResult()));
  },
};

import { type CommandDeclaration, countedKeys } from '../command.js';
import { newResult } from './access.js';
import { intersectInto, readCombination, replyCombined } from './combination.js';

export const zinter: CommandDeclaration = {
  name: 'zinter',
  summary: 'Intersect multiple sorted sets',
  since: '6.2.0',
  group: 'sorted-set',
  complexity:
    'O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input sorted sets and M being the number of elements in the resulting sorted set.',
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
    replyCombined(call, combination, intersectInto(combination, newResult()));
  },
};

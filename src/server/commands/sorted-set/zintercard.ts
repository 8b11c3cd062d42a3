import { type CommandDeclaration, countedKeys } from '../command.js';
import { intersect, readCombination } from './combination.js';

export const zintercard: CommandDeclaration = {
  name: 'zintercard',
  summary: 'Intersect multiple sorted sets and return the cardinality of the result',
  since: '7.0.0',
  group: 'sorted-set',
  complexity: 'O(N*K) worst case with N being the smallest input sorted set, K being the number of input sorted sets.',
  arguments: ['numkeys:integer', 'key#0...', '[LIMIT limit:integer]'],
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  keys: countedKeys(1),
  run(call) {
    const combination = readCombination(call, { at: 1, limited: true });
    let count = 0;
    intersect(combination, () => ++count !== combination.limit);
    call.reply.integer(count);
  },
};

import type { CommandDeclaration } from '../../command.js';
import { runSort } from './run-sort.js';

export const sortRo: CommandDeclaration = {
  name: 'sort_ro',
  summary: 'Sort the elements in a list, set or sorted set. Read-only variant of SORT.',
  since: '7.0.0',
  group: 'generic',
  complexity:
    'O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of returned elements. When the elements are not sorted, complexity is O(N).',
  arguments: [
    'key#0',
    '[BY pattern:pattern#1]',
    '[LIMIT offset_count(offset:integer, count:integer)]',
    '[GET pattern:pattern#1*...]',
    '[order(ASC | DESC)]',
    '[sorting"ALPHA"]',
  ],
  arity: -2,
  flags: ['readonly'],
  categories: ['set', 'sortedset', 'list', 'dangerous'],
  keys: { first: 1, find: () => [1] },
  run(call) {
    runSort(call, false);
  },
};

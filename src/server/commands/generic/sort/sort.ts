import type { CommandDeclaration } from '../../command.js';
import { storePlace } from './options.js';
import { runSort } from './run-sort.js';

export const sort: CommandDeclaration = {
  name: 'sort',
  summary: 'Sort the elements in a list, set or sorted set',
  since: '1.0.0',
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
    '[STORE destination#2]',
  ],
  arity: -2,
  flags: ['write', 'denyoom'],
  categories: ['set', 'sortedset', 'list', 'dangerous'],
  keys: { first: 1, find: (args) => (storePlace(args) > 0 ? [1, storePlace(args)] : [1]) },
  run(call) {
    runSort(call, true);
  },
};

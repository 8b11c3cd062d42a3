import type { CommandDeclaration } from '../command.js';
import { runSearch } from './search.js';
import { searchKeys } from './search-keys.js';

export const georadiusbymember: CommandDeclaration = {
  name: 'georadiusbymember',
  summary:
    'Query a sorted set representing a geospatial index to fetch members matching a given maximum distance from a member',
  since: '3.2.0',
  group: 'geo',
  complexity:
    'O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.',
  arity: -5,
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: { first: 1, find: searchKeys },
  run: (call) => runSearch(call, { source: 1, center: 'member', mayStore: 'by option' }),
};

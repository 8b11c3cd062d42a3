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
  deprecated: {
    since: '6.2.0',
    use: '`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments',
  },
  history: ['7.0.0 Added support for uppercase unit names.'],
  arguments: [
    'key#0',
    'member',
    'radius:double',
    'unit(M | KM | FT | MI)',
    '[WITHCOORD]',
    '[WITHDIST]',
    '[WITHHASH]',
    '[count(COUNT count:integer, [ANY])]',
    '[order(ASC | DESC)]',
    '[STORE key#1]',
    '[STOREDIST key#2]',
  ],
  arity: -5,
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: { first: 1, find: searchKeys },
  run: (call) => runSearch(call, { source: 1, center: 'member', mayStore: 'by option' }),
};

import type { CommandDeclaration } from '../command.js';
import { runSearch } from './search.js';
import { searchKeys } from './search-keys.js';

export const georadius: CommandDeclaration = {
  name: 'georadius',
  summary:
    'Query a sorted set representing a geospatial index to fetch members matching a given maximum distance from a point',
  since: '3.2.0',
  group: 'geo',
  complexity:
    'O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.',
  deprecated: { since: '6.2.0', use: '`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument' },
  history: ['6.2.0 Added the `ANY` option for `COUNT`.', '7.0.0 Added support for uppercase unit names.'],
  arguments: [
    'key#0',
    'longitude:double',
    'latitude:double',
    'radius:double',
    'unit(M | KM | FT | MI)',
    '[WITHCOORD]',
    '[WITHDIST]',
    '[WITHHASH]',
    '[count(COUNT count:integer, [ANY@6.2.0])]',
    '[order(ASC | DESC)]',
    '[STORE key#1]',
    '[STOREDIST key#2]',
  ],
  arity: -6,
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: { first: 1, find: searchKeys },
  run: (call) => runSearch(call, { source: 1, center: 'point', mayStore: 'by option' }),
};

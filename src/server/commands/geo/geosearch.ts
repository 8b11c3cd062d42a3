import { type CommandDeclaration, oneKey } from '../command.js';
import { runSearch } from './search.js';

export const geosearch: CommandDeclaration = {
  name: 'geosearch',
  summary: 'Query a sorted set representing a geospatial index to fetch members inside an area of a box or a circle.',
  since: '6.2.0',
  group: 'geo',
  complexity:
    'O(N+log(M)) where N is the number of elements in the grid-aligned bounding box area around the shape provided as the filter and M is the number of items inside the shape',
  history: ['7.0.0 Added support for uppercase unit names.'],
  arguments: [
    'key#0',
    'from(FROMMEMBER member | FROMLONLAT longitude_latitude(longitude:double, latitude:double))',
    `by(
      circle(BYRADIUS radius:double, unit(M | KM | FT | MI)) |
      box(BYBOX width:double, height:double, unit(M | KM | FT | MI))
    )`,
    '[order(ASC | DESC)]',
    '[count(COUNT count:integer, [ANY])]',
    '[WITHCOORD]',
    '[WITHDIST]',
    '[WITHHASH]',
  ],
  arity: -7,
  flags: ['readonly'],
  keys: oneKey,
  run: (call) => runSearch(call, { source: 1, center: 'options', mayStore: 'never' }),
};

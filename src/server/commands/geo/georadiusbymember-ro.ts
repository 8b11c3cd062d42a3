import { type CommandDeclaration, oneKey } from '../command.js';
import { runSearch } from './search.js';

export const georadiusbymemberRo: CommandDeclaration = {
  name: 'georadiusbymember_ro',
  summary: 'A read-only variant for GEORADIUSBYMEMBER',
  since: '3.2.10',
  group: 'geo',
  complexity:
    'O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.',
  deprecated: { since: '6.2.0', use: '`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments' },
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
  ],
  arity: -5,
  flags: ['readonly'],
  keys: oneKey,
  run: (call) => runSearch(call, { source: 1, center: 'member', mayStore: 'never' }),
};

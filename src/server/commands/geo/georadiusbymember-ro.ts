import { type CommandDeclaration, oneKey } from '../command.js';
import { runSearch } from './search.js';

export const georadiusbymemberRo: CommandDeclaration = {
  name: 'georadiusbymember_ro',
  summary: 'A read-only variant for GEORADIUSBYMEMBER',
  since: '3.2.10',
  group: 'geo',
  complexity:
    'O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.',
  arity: -5,
  flags: ['readonly'],
  keys: oneKey,
  run: (call) => runSearch(call, { source: 1, center: 'member', mayStore: 'never' }),
};

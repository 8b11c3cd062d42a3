import { type CommandDeclaration, oneKey } from '../command.js';
import { expireFields } from './expire-fields.js';

export const hpexpire: CommandDeclaration = {
  name: 'hpexpire',
  summary: 'Set expiry for hash field using relative time to expire (milliseconds)',
  since: '7.4.0',
  group: 'hash',
  complexity: 'O(N) where N is the number of specified fields',
  arguments: [
    'key#0',
    'milliseconds:integer',
    '[condition(NX | XX | GT | LT)]',
    'FIELDS fields(numfields:integer, field...)',
  ],
  arity: -6,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  run(call) {
    expireFields(call, 1, false);
  },
};

import { type CommandDeclaration, oneKey } from '../command.js';
import { expireFields } from './expire-fields.js';

export const hexpire: CommandDeclaration = {
  name: 'hexpire',
  summary: 'Set expiry for hash field using relative time to expire (seconds)',
  since: '7.4.0',
  group: 'hash',
  complexity: 'O(N) where N is the number of specified fields',
  arguments: [
    'key#0',
    'seconds:integer',
    '[condition(NX | XX | GT | LT)]',
    'FIELDS fields(numfields:integer, field...)',
  ],
  arity: -6,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  run(call) {
    expireFields(call, 1000, false);
  },
};

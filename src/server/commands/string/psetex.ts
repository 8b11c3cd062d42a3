import { type CommandDeclaration, oneKey } from '../command.js';
import { EXPIRY_UNITS, expiryTime } from './expiry-option.js';
import { setWithExpiry } from './set.js';

export const psetex: CommandDeclaration = {
  name: 'psetex',
  summary: 'Set the value and expiration in milliseconds of a key',
  since: '2.6.0',
  group: 'string',
  complexity: 'O(1)',
  arguments: ['key#0', 'milliseconds:integer', 'value'],
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: oneKey,
  run(call) {
    setWithExpiry(call, 3, expiryTime(call, { unit: EXPIRY_UNITS.get('px')!, amount: 2 }, 'psetex'));
    call.reply.ok();
  },
};

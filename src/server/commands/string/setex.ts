import { type CommandDeclaration, oneKey } from '../command.js';
import { EXPIRY_UNITS, expiryTime } from './expiry-option.js';
import { setWithExpiry } from './set.js';

export const setex: CommandDeclaration = {
  name: 'setex',
  summary: 'Set the value and expiration of a key',
  since: '2.0.0',
  group: 'string',
  complexity: 'O(1)',
  arguments: ['key#0', 'seconds:integer', 'value'],
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: oneKey,
  run(call) {
    setWithExpiry(call, 3, expiryTime(call, { unit: EXPIRY_UNITS.get('ex')!, amount: 2 }, 'setex'));
    call.reply.ok();
  },
};

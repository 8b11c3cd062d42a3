import { type CommandDeclaration, oneKey } from '../command.js';
import { expireGeneric } from './expire-generic.js';

export const expireat: CommandDeclaration = {
  name: 'expireat',
  summary: 'Set the expiration for a key as a UNIX timestamp',
  since: '1.2.0',
  group: 'generic',
  complexity: 'O(1)',
  arity: -3,
  flags: ['write', 'fast'],
  keys: oneKey,
  run(call) {
    expireGeneric(call, 1000, true);
  },
};

import { type CommandDeclaration, oneKey } from '../command.js';
import { expireGeneric } from './expire-generic.js';

export const expireat: CommandDeclaration = {
  name: 'expireat',
  summary: 'Set the expiration for a key as a UNIX timestamp',
  since: '1.2.0',
  group: 'generic',
  complexity: 'O(1)',
  history: ['7.0.0 Added options: `NX`, `XX`, `GT` and `LT`.'],
  arguments: ['key#0', 'unix-time-seconds:unix-time', '[condition(NX | XX | GT | LT)@7.0.0]'],
  arity: -3,
  flags: ['write', 'fast'],
  keys: oneKey,
  run(call) {
    expireGeneric(call, 1000, true);
  },
};

import { type CommandDeclaration, oneKey } from '../command.js';
import { expireGeneric } from './expire-generic.js';

export const pexpireat: CommandDeclaration = {
  name: 'pexpireat',
  summary: 'Set the expiration for a key as a UNIX timestamp specified in milliseconds',
  since: '2.6.0',
  group: 'generic',
  complexity: 'O(1)',
  history: ['7.0.0 Added options: `NX`, `XX`, `GT` and `LT`.'],
  arguments: ['key#0', 'unix-time-milliseconds:unix-time', '[condition(NX | XX | GT | LT)@7.0.0]'],
  arity: -3,
  flags: ['write', 'fast'],
  keys: oneKey,
  run(call) {
    expireGeneric(call, 1, true);
  },
};

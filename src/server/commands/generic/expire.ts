import { type CommandDeclaration, oneKey } from '../command.js';
import { expireGeneric } from './expire-generic.js';

export const expire: CommandDeclaration = {
  name: 'expire',
  summary: "Set a key's time to live in seconds",
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(1)',
  history: ['7.0.0 Added options: `NX`, `XX`, `GT` and `LT`.'],
  arguments: ['key#0', 'seconds:integer', '[condition(NX | XX | GT | LT)@7.0.0]'],
  arity: -3,
  flags: ['write', 'fast'],
  keys: oneKey,
  run(call) {
    expireGeneric(call, 1000, false);
  },
};

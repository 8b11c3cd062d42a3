import { type CommandDeclaration, oneKey } from '../command.js';
import { readSet } from './access.js';

export const scard: CommandDeclaration = {
  name: 'scard',
  summary: 'Get the number of members in a set',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(1)',
  arguments: ['key#0'],
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run(call) {
    call.reply.integer(readSet(call, 1)?.size ?? 0);
  },
};

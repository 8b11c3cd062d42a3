import { type CommandDeclaration, oneKey } from '../command.js';
import { readHash } from './access.js';

export const hlen: CommandDeclaration = {
  name: 'hlen',
  summary: 'Get the number of fields in a hash',
  since: '2.0.0',
  group: 'hash',
  complexity: 'O(1)',
  arguments: ['key#0'],
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run(call) {
    call.reply.integer(readHash(call, 1)?.size ?? 0);
  },
};

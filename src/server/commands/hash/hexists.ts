import { type CommandDeclaration, oneKey } from '../command.js';
import { findField, readHash } from './access.js';

export const hexists: CommandDeclaration = {
  name: 'hexists',
  summary: 'Determine if a hash field exists',
  since: '2.0.0',
  group: 'hash',
  complexity: 'O(1)',
  arguments: ['key#0', 'field'],
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  member: 2,
  run(call) {
    call.reply.integer(findField(call, readHash(call, 1), 2) >= 0 ? 1 : 0);
  },
};

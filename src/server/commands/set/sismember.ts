import { type CommandDeclaration, oneKey } from '../command.js';
import { readSet } from './access.js';

export const sismember: CommandDeclaration = {
  name: 'sismember',
  summary: 'Determine if a given value is a member of a set',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(1)',
  arguments: ['key#0', 'member'],
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  member: 2,
  run(call) {
    call.reply.integer(readSet(call, 1)?.has(call.args, 2) ? 1 : 0);
  },
};

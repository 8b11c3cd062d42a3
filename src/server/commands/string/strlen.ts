import { type CommandDeclaration, oneKey } from '../command.js';

export const strlen: CommandDeclaration = {
  name: 'strlen',
  summary: 'Get the length of the value stored in a key',
  since: '2.2.0',
  group: 'string',
  complexity: 'O(1)',
  arguments: ['key#0'],
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run(call) {
    const ref = call.readString(1);
    call.reply.integer(ref === 0 ? 0 : call.db.entries.stringLength(ref));
  },
};

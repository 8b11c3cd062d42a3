import type { CommandDeclaration } from '../command.js';
import { renameKey } from './rename-key.js';

export const rename: CommandDeclaration = {
  name: 'rename',
  summary: 'Rename a key',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(1)',
  arguments: ['key#0', 'newkey#1'],
  arity: 3,
  flags: ['write'],
  keys: { first: 1, last: 2, step: 1 },
  run(call) {
    renameKey(call, true);
    call.reply.ok();
  },
};

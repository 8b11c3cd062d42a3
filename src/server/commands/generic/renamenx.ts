import type { CommandDeclaration } from '../command.js';
import { renameKey } from './rename-key.js';

export const renamenx: CommandDeclaration = {
  name: 'renamenx',
  summary: 'Rename a key, only if the new key does not exist',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(1)',
  history: ['3.2.0 The command no longer returns an error when source and destination names are the same.'],
  arguments: ['key#0', 'newkey#1'],
  arity: 3,
  flags: ['write', 'fast'],
  keys: { first: 1, last: 2, step: 1 },
  run(call) {
    call.reply.integer(renameKey(call, false) ? 1 : 0);
  },
};

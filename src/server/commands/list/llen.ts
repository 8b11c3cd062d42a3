import { type CommandDeclaration, oneKey } from '../command.js';
import { readList } from './access.js';

export const llen: CommandDeclaration = {
  name: 'llen',
  summary: 'Get the length of a list',
  since: '1.0.0',
  group: 'list',
  complexity: 'O(1)',
  arguments: ['key#0'],
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run(call) {
    call.reply.integer(readList(call, 1)?.size ?? 0);
  },
};

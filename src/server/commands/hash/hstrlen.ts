import { type CommandDeclaration, oneKey } from '../command.js';
import { findField, readHash } from './access.js';

export const hstrlen: CommandDeclaration = {
  name: 'hstrlen',
  summary: 'Get the length of the value of a hash field',
  since: '3.2.0',
  group: 'hash',
  complexity: 'O(1)',
  arguments: ['key#0', 'field'],
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  member: 2,
  run(call) {
    const hash = readHash(call, 1);
    const place = findField(call, hash, 2);
    call.reply.integer(place < 0 ? 0 : hash!.valueLength(place));
  },
};

import { type CommandDeclaration, oneKey } from '../command.js';
import { addToCounter } from './counter.js';

export const incr: CommandDeclaration = {
  name: 'incr',
  summary: 'Increment the integer value of a key by one',
  since: '1.0.0',
  group: 'string',
  complexity: 'O(1)',
  arguments: ['key#0'],
  arity: 2,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  run(call) {
    addToCounter(call, 1);
  },
};

import { CommandError } from '../../errors.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { INT64_MIN, readBigInteger, shortInteger } from '../numbers.js';
import { addBigToCounter, addToCounter } from './counter.js';

export const decrby: CommandDeclaration = {
  name: 'decrby',
  summary: 'Decrement the integer value of a key by the given number',
  since: '1.0.0',
  group: 'string',
  complexity: 'O(1)',
  arguments: ['key#0', 'decrement:integer'],
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  run(call) {
    const by = shortInteger(call.args, 2);
    if (by !== undefined) {
      addToCounter(call, -by);
      return;
    }
    const large = readBigInteger(call.args, 2);
    if (large === INT64_MIN) throw new CommandError('ERR decrement would overflow');
    addBigToCounter(call, -large);
  },
};

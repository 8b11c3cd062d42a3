import { type CommandDeclaration, oneKey } from '../command.js';
import { readBigInteger, shortInteger } from '../numbers.js';
import { addBigToCounter, addToCounter } from './counter.js';

export const incrby: CommandDeclaration = {
  name: 'incrby',
  summary: 'Increment the integer value of a key by the given amount',
  since: '1.0.0',
  group: 'string',
  complexity: 'O(1)',
  arguments: ['key#0', 'increment:integer'],
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  run(call) {
    const by = shortInteger(call.args, 2);
    if (by !== undefined) addToCounter(call, by);
    else addBigToCounter(call, readBigInteger(call.args, 2));
  },
};

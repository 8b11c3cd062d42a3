import { type CommandDeclaration, oneKey } from '../command.js';
import { addMembers, INCREMENT } from './zadd.js';

export const zincrby: CommandDeclaration = {
  name: 'zincrby',
  summary: 'Increment the score of a member in a sorted set',
  since: '1.2.0',
  group: 'sorted-set',
  complexity: 'O(log(N)) where N is the number of elements in the sorted set.',
  arguments: ['key#0', 'increment:integer', 'member'],
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  member: 3,
  run: (call) => addMembers(call, INCREMENT),
};

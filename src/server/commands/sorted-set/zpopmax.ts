import { type CommandDeclaration, oneKey } from '../command.js';
import { popExtremes } from './pop-extremes.js';

export const zpopmax: CommandDeclaration = {
  name: 'zpopmax',
  summary: 'Remove and return members with the highest scores in a sorted set',
  since: '5.0.0',
  group: 'sorted-set',
  complexity:
    'O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of elements popped.',
  arguments: ['key#0', '[count:integer]'],
  arity: -2,
  flags: ['write', 'fast'],
  keys: oneKey,
  run: (call) => popExtremes(call, 'max'),
};

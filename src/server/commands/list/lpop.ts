import { type CommandDeclaration, oneKey } from '../command.js';
import { popElements } from './pop-elements.js';

export const lpop: CommandDeclaration = {
  name: 'lpop',
  summary: 'Remove and get the first elements in a list',
  since: '1.0.0',
  group: 'list',
  complexity: 'O(N) where N is the number of elements returned',
  history: ['6.2.0 Added the `count` argument.'],
  arguments: ['key#0', '[count:integer@6.2.0]'],
  arity: -2,
  flags: ['write', 'fast'],
  keys: oneKey,
  run: (call) => popElements(call, 'left'),
};

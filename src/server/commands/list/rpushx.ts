import { type CommandDeclaration, oneKey } from '../command.js';
import { pushElements } from './push-elements.js';

export const rpushx: CommandDeclaration = {
  name: 'rpushx',
  summary: 'Append an element to a list, only if the list exists',
  since: '2.2.0',
  group: 'list',
  complexity:
    'O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.',
  history: ['4.0.0 Accepts multiple `element` arguments.'],
  arguments: ['key#0', 'element...'],
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  run: (call) => pushElements(call, 'right', true),
};

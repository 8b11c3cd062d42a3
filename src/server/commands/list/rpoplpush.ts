import type { CommandDeclaration } from '../command.js';
import { moveElement } from './move-element.js';

export const rpoplpush: CommandDeclaration = {
  name: 'rpoplpush',
  summary: 'Remove the last element in a list, prepend it to another list and return it',
  since: '1.2.0',
  group: 'list',
  complexity: 'O(1)',
  deprecated: { since: '6.2.0', use: '`LMOVE` with the `RIGHT` and `LEFT` arguments' },
  arguments: ['source#0', 'destination#1'],
  arity: 3,
  flags: ['write', 'denyoom'],
  keys: { first: 1, last: 2, step: 1 },
  run(call) {
    if (!moveElement(call, 'right', 'left')) call.reply.nil();
  },
};

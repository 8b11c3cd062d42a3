import type { CommandDeclaration } from '../command.js';
import { readEnd } from './end.js';
import { moveElement } from './move-element.js';

export const lmove: CommandDeclaration = {
  name: 'lmove',
  summary: 'Pop an element from a list, push it to another list and return it',
  since: '6.2.0',
  group: 'list',
  complexity: 'O(1)',
  arguments: ['source#0', 'destination#1', 'wherefrom(LEFT | RIGHT)', 'whereto(LEFT | RIGHT)'],
  arity: 5,
  flags: ['write', 'denyoom'],
  keys: { first: 1, last: 2, step: 1 },
  run(call) {
    const from = readEnd(call.args, 3);
    const to = readEnd(call.args, 4);
    if (!moveElement(call, from, to)) call.reply.nil();
  },
};

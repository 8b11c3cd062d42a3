import type { CommandDeclaration } from '../command.js';
import { readTimeout } from '../timeout.js';
import { readEnd } from './end.js';
import { moveOrWait } from './move-element.js';

export const blmove: CommandDeclaration = {
  name: 'blmove',
  summary: 'Pop an element from a list, push it to another list and return it; or block until one is available',
  since: '6.2.0',
  group: 'list',
  complexity: 'O(1)',
  arguments: ['source#0', 'destination#1', 'wherefrom(LEFT | RIGHT)', 'whereto(LEFT | RIGHT)', 'timeout:double'],
  arity: 6,
  flags: ['write', 'denyoom', 'noscript', 'blocking'],
  keys: { first: 1, last: 2, step: 1 },
  run(call) {
    const from = readEnd(call.args, 3);
    const to = readEnd(call.args, 4);
    moveOrWait(call, from, to, readTimeout(call.args, 5), 'LMOVE');
  },
};

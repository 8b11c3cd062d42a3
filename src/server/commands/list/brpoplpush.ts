import type { CommandDeclaration } from '../command.js';
import { readTimeout } from '../timeout.js';
import { moveOrWait } from './move-element.js';

export const brpoplpush: CommandDeclaration = {
  name: 'brpoplpush',
  summary: 'Pop an element from a list, push it to another list and return it; or block until one is available',
  since: '2.2.0',
  group: 'list',
  complexity: 'O(1)',
  arity: 4,
  flags: ['write', 'denyoom', 'noscript', 'blocking'],
  keys: { first: 1, last: 2, step: 1 },
  run(call) {
    moveOrWait(call, 'right', 'left', readTimeout(call.args, 3), 'RPOPLPUSH');
  },
};

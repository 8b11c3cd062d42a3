import type { CommandDeclaration } from '../command.js';
import { readTimeout } from '../timeout.js';
import { moveOrWait } from './move-element.js';

export const brpoplpush: CommandDeclaration = {
  name: 'brpoplpush',
  summary: 'Pop an element from a list, push it to another list and return it; or block until one is available',
  since: '2.2.0',
  group: 'list',
  complexity: 'O(1)',
  deprecated: { since: '6.2.0', use: '`BLMOVE` with the `RIGHT` and `LEFT` arguments' },
  history: ['6.0.0 `timeout` is interpreted as a double instead of an integer.'],
  arguments: ['source#0', 'destination#1', 'timeout:double'],
  arity: 4,
  flags: ['write', 'denyoom', 'noscript', 'blocking'],
  keys: { first: 1, last: 2, step: 1 },
  run(call) {
    moveOrWait(call, 'right', 'left', readTimeout(call.args, 3), 'RPOPLPUSH');
  },
};

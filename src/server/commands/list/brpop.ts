import type { CommandDeclaration } from '../command.js';
import { blockingPop } from './blocking-pop.js';

export const brpop: CommandDeclaration = {
  name: 'brpop',
  summary: 'Remove and get the last element in a list, or block until one is available',
  since: '2.0.0',
  group: 'list',
  complexity: 'O(N) where N is the number of provided keys.',
  history: ['6.0.0 `timeout` is interpreted as a double instead of an integer.'],
  arguments: ['key#0...', 'timeout:double'],
  arity: -3,
  flags: ['write', 'noscript', 'blocking'],
  keys: { first: 1, last: -2, step: 1 },
  run: (call) => blockingPop(call, 'right'),
};

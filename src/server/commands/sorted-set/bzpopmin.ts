import type { CommandDeclaration } from '../command.js';
import { blockingPopExtreme } from './pop-extremes.js';

export const bzpopmin: CommandDeclaration = {
  name: 'bzpopmin',
  summary:
    'Remove and return the member with the lowest score from one or more sorted sets, or block until one is available',
  since: '5.0.0',
  group: 'sorted-set',
  complexity: 'O(log(N)) with N being the number of elements in the sorted set.',
  history: ['6.0.0 `timeout` is interpreted as a double instead of an integer.'],
  arguments: ['key#0...', 'timeout:double'],
  arity: -3,
  flags: ['write', 'noscript', 'blocking', 'fast'],
  keys: { first: 1, last: -2, step: 1 },
  run: (call) => blockingPopExtreme(call, 'min'),
};

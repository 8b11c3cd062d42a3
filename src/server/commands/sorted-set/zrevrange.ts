import { type CommandDeclaration, oneKey } from '../command.js';
import { replyRange } from './range.js';

export const zrevrange: CommandDeclaration = {
  name: 'zrevrange',
  summary: 'Return a range of members in a sorted set, by index, with scores ordered from high to low',
  since: '1.2.0',
  group: 'sorted-set',
  complexity:
    'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.',
  deprecated: { since: '6.2.0', use: '`ZRANGE` with the `REV` argument' },
  arguments: ['key#0', 'start:integer', 'stop:integer', '[WITHSCORES]'],
  arity: -4,
  flags: ['readonly'],
  keys: oneKey,
  run: (call) => replyRange(call, { key: 1, by: 'rank', reversed: true }),
};

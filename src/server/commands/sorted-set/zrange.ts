import { type CommandDeclaration, oneKey } from '../command.js';
import { replyRange } from './range.js';

export const zrange: CommandDeclaration = {
  name: 'zrange',
  summary: 'Return a range of members in a sorted set',
  since: '1.2.0',
  group: 'sorted-set',
  complexity:
    'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.',
  history: ['6.2.0 Added the `REV`, `BYSCORE`, `BYLEX` and `LIMIT` options.'],
  arguments: [
    'key#0',
    'start',
    'stop',
    '[sortby(BYSCORE | BYLEX)@6.2.0]',
    '[REV@6.2.0]',
    '[LIMIT offset_count(offset:integer, count:integer)@6.2.0]',
    '[WITHSCORES]',
  ],
  arity: -4,
  flags: ['readonly'],
  keys: oneKey,
  run: (call) => replyRange(call, { key: 1 }),
};

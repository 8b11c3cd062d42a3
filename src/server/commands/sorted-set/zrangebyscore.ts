import { type CommandDeclaration, oneKey } from '../command.js';
import { replyRange } from './range.js';

export const zrangebyscore: CommandDeclaration = {
  name: 'zrangebyscore',
  summary: 'Return a range of members in a sorted set, by score',
  since: '1.0.5',
  group: 'sorted-set',
  complexity:
    'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).',
  deprecated: { since: '6.2.0', use: '`ZRANGE` with the `BYSCORE` argument' },
  history: ['2.0.0 Added the `WITHSCORES` modifier.'],
  arguments: [
    'key#0',
    'min:double',
    'max:double',
    '[WITHSCORES@2.0.0]',
    '[LIMIT offset_count(offset:integer, count:integer)]',
  ],
  arity: -4,
  flags: ['readonly'],
  keys: oneKey,
  run: (call) => replyRange(call, { key: 1, by: 'score', reversed: false }),
};

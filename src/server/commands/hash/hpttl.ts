import { type CommandDeclaration, oneKey } from '../command.js';
import { replyFieldTimes } from './field-times.js';

export const hpttl: CommandDeclaration = {
  name: 'hpttl',
  summary: 'Returns the TTL in milliseconds of a hash field.',
  since: '7.4.0',
  group: 'hash',
  complexity: 'O(N) where N is the number of specified fields',
  arguments: ['key#0', 'FIELDS fields(numfields:integer, field...)'],
  arity: -5,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run(call) {
    replyFieldTimes(call, (at, now) => at - now);
  },
};

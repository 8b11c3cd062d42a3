import { type CommandDeclaration, oneKey } from '../command.js';
import { replyFieldTimes } from './field-times.js';

export const hexpiretime: CommandDeclaration = {
  name: 'hexpiretime',
  summary: 'Returns the expiration time of a hash field as a Unix timestamp, in seconds.',
  since: '7.4.0',
  group: 'hash',
  complexity: 'O(N) where N is the number of specified fields',
  arguments: ['key#0', 'FIELDS fields(numfields:integer, field...)'],
  arity: -5,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run(call) {
    replyFieldTimes(call, (at) => Math.floor((at + 999) / 1000));
  },
};

import { type CommandDeclaration, oneKey } from '../command.js';
import { replyRank } from './zrank.js';

export const zrevrank: CommandDeclaration = {
  name: 'zrevrank',
  summary: 'Determine the index of a member in a sorted set, with scores ordered from high to low',
  since: '2.0.0',
  group: 'sorted-set',
  complexity: 'O(log(N))',
  arguments: ['key#0', 'member'],
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  member: 2,
  run: (call) => replyRank(call, true),
};

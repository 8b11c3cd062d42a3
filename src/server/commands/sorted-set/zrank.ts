import type { Call } from '../call.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { readSortedSet } from './access.js';

export const zrank: CommandDeclaration = {
  name: 'zrank',
  summary: 'Determine the index of a member in a sorted set',
  since: '2.0.0',
  group: 'sorted-set',
  complexity: 'O(log(N))',
  arguments: ['key#0', 'member'],
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  member: 2,
  run: (call) => replyRank(call, false),
};

export function replyRank(call: Call, reversed: boolean): void {
  const zset = readSortedSet(call, 1);
  const place = zset ? zset.find(call.args, 2) : -1;
  if (!zset || place < 0) call.reply.nil();
  else call.reply.integer(reversed ? zset.size - 1 - zset.rank(place) : zset.rank(place));
}

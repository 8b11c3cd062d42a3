import type { Args } from '../../../resp/args.js';
import type { ReplySink } from '../../../resp/sink.js';
import type { SortedSetValue } from '../../data/sorted-set-value.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { readSortedSet } from './access.js';

export const zscore: CommandDeclaration = {
  name: 'zscore',
  summary: 'Get the score associated with the given member in a sorted set',
  since: '1.2.0',
  group: 'sorted-set',
  complexity: 'O(1)',
  arguments: ['key#0', 'member'],
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  member: 2,
  run(call) {
    replyScore(call.reply, readSortedSet(call, 1), call.args, 2);
  },
};

/** The score of the member that the argument names; null when there is none. */
export function replyScore(reply: ReplySink, zset: SortedSetValue | undefined, args: Args, i: number): void {
  const place = zset === undefined ? -1 : zset.find(args, i);
  if (place < 0) reply.nil();
  else reply.double(zset!.score(place));
}

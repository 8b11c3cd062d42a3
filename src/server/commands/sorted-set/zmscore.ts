import { type CommandDeclaration, oneKey } from '../command.js';
import { readSortedSet } from './access.js';
import { replyScore } from './zscore.js';

export const zmscore: CommandDeclaration = {
  name: 'zmscore',
  summary: 'Get the score associated with the given members in a sorted set',
  since: '6.2.0',
  group: 'sorted-set',
  complexity: 'O(N) where N is the number of members being requested.',
  arguments: ['key#0', 'member...'],
  arity: -3,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run(call) {
    const { args, reply } = call;
    const zset = readSortedSet(call, 1);
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) replyScore(reply, zset, args, i);
  },
};

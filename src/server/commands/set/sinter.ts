import { allKeys, type CommandDeclaration } from '../command.js';
import { readSets, replyMembers } from './access.js';
import { intersection } from './algebra.js';

export const sinter: CommandDeclaration = {
  name: 'sinter',
  summary: 'Intersect multiple sets',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.',
  arguments: ['key#0...'],
  arity: -2,
  flags: ['readonly'],
  keys: allKeys,
  run(call) {
    replyMembers(call.reply, intersection(readSets(call, 1, call.args.count - 1)));
  },
};

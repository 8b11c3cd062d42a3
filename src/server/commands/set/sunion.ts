import { allKeys, type CommandDeclaration } from '../command.js';
import { newSet, readSets, replyMembers } from './access.js';
import { union } from './algebra.js';

export const sunion: CommandDeclaration = {
  name: 'sunion',
  summary: 'Add multiple sets',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(N) where N is the total number of elements in all given sets.',
  arguments: ['key#0...'],
  arity: -2,
  flags: ['readonly'],
  keys: allKeys,
  run(call) {
    replyMembers(call.reply, union(readSets(call, 1, call.args.count - 1), newSet(call)).members);
  },
};

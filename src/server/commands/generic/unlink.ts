import { allKeys, type CommandDeclaration } from '../command.js';
import { removeKeys } from './del.js';

export const unlink: CommandDeclaration = {
  name: 'unlink',
  summary: 'Delete a key asynchronously in another thread. Otherwise it is just as DEL, but non blocking.',
  since: '4.0.0',
  group: 'generic',
  complexity:
    'O(1) for each key removed regardless of its size. Then the command does O(N) work in a different thread in order to reclaim memory, where N is the number of allocations the deleted objects where composed of.',
  arguments: ['key#0...'],
  arity: -2,
  flags: ['write', 'fast'],
  keys: allKeys,
  run(call) {
    removeKeys(call, true);
  },
};

import { NOTIFY } from '../../keyspace/notifications.js';
import { allKeys, type CommandDeclaration } from '../command.js';
import { storeResult } from '../store-result.js';
import { newSet, readSets } from './access.js';
import { difference, fill } from './algebra.js';

export const sdiffstore: CommandDeclaration = {
  name: 'sdiffstore',
  summary: 'Subtract multiple sets and store the resulting set in a key',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(N) where N is the total number of elements in all given sets.',
  arguments: ['destination#0', 'key#1...'],
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: allKeys,
  run(call) {
    const members = difference(readSets(call, 2, call.args.count - 1));
    storeResult(call, 1, fill(newSet(call), members), NOTIFY.set, 'sdiffstore');
  },
};

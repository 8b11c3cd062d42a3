import { NOTIFY } from '../../keyspace/notifications.js';
import { allKeys, type CommandDeclaration } from '../command.js';
import { storeResult } from '../store-result.js';
import { newSet, readSets } from './access.js';
import { fill, intersection } from './algebra.js';

export const sinterstore: CommandDeclaration = {
  name: 'sinterstore',
  summary: 'Intersect multiple sets and store the resulting set in a key',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.',
  arguments: ['destination#0', 'key#1...'],
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: allKeys,
  run(call) {
    const members = intersection(readSets(call, 2, call.args.count - 1));
    storeResult(call, 1, fill(newSet(call), members), NOTIFY.set, 'sinterstore');
  },
};

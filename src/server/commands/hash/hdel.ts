import type { Args } from '../../../resp/args.js';
import type { HashValue } from '../../data/hash-value.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { writeHash } from './access.js';

export const hdel: CommandDeclaration = {
  name: 'hdel',
  summary: 'Delete one or more hash fields',
  since: '2.0.0',
  group: 'hash',
  complexity: 'O(N) where N is the number of fields to be removed.',
  history: ['2.4.0 Accepts multiple `field` arguments.'],
  arguments: ['key#0', 'field...'],
  arity: -3,
  flags: ['write', 'fast'],
  keys: oneKey,
  member: 2,
  run(call) {
    const { args, reply } = call;
    const hash = writeHash(call, 1);
    const removed = hash ? removeFields(hash, args) : 0;
    if (hash && removed > 0) {
      call.changed(1, NOTIFY.hash, 'hdel', removed);
      call.removeIfEmpty(1, hash);
    }
    reply.integer(removed);
  },
};

function removeFields(hash: HashValue, args: Args): number {
  const before = hash.size;
  for (let i = 2; i < args.count; i++) {
    const place = hash.find(args, i);
    if (place >= 0) hash.remove(place);
  }
  return before - hash.size;
}

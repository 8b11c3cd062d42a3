import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { writeSortedSet } from './access.js';

export const zrem: CommandDeclaration = {
  name: 'zrem',
  summary: 'Remove one or more members from a sorted set',
  since: '1.2.0',
  group: 'sorted-set',
  complexity:
    'O(M*log(N)) with N being the number of elements in the sorted set and M the number of elements to be removed.',
  history: ['2.4.0 Accepts multiple elements.'],
  arguments: ['key#0', 'member...'],
  arity: -3,
  flags: ['write', 'fast'],
  keys: oneKey,
  member: 2,
  run(call) {
    const { args, reply } = call;
    const zset = writeSortedSet(call, 1);
    let removed = 0;
    for (let i = 2; zset && i < args.count; i++) {
      const place = zset.find(args, i);
      if (place < 0) continue;
      zset.remove(place);
      removed++;
    }
    if (zset && removed > 0) {
      call.changed(1, NOTIFY.zset, 'zrem', removed);
      call.removeIfEmpty(1, zset);
    }
    reply.integer(removed);
  },
};

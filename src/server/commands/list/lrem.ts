import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { readInteger } from '../numbers.js';
import { writeList } from './access.js';

export const lrem: CommandDeclaration = {
  name: 'lrem',
  summary: 'Remove elements from a list',
  since: '1.0.0',
  group: 'list',
  complexity: 'O(N+M) where N is the length of the list and M is the number of elements removed.',
  arguments: ['key#0', 'count:integer', 'element'],
  arity: 4,
  flags: ['write'],
  keys: oneKey,
  run(call) {
    const { args, reply } = call;
    const count = readInteger(args, 2);
    const list = writeList(call, 1);
    const limit = count === 0 ? Infinity : Math.abs(count);
    const removed = list?.removeEqual(args.text(3), limit, count < 0) ?? 0;
    if (list && removed > 0) {
      call.changed(1, NOTIFY.list, 'lrem', removed);
      call.removeIfEmpty(1, list);
    }
    reply.integer(removed);
  },
};

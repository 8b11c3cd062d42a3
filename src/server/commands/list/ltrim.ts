import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { readInteger } from '../numbers.js';
import { rangeOf, writeList } from './access.js';

export const ltrim: CommandDeclaration = {
  name: 'ltrim',
  summary: 'Trim a list to the specified range',
  since: '1.0.0',
  group: 'list',
  complexity: 'O(N) where N is the number of elements to be removed by the operation.',
  arguments: ['key#0', 'start:integer', 'stop:integer'],
  arity: 4,
  flags: ['write'],
  keys: oneKey,
  run(call) {
    const { args, reply } = call;
    const start = readInteger(args, 2);
    const end = readInteger(args, 3);
    const list = writeList(call, 1);
    if (list) {
      const { from, count } = rangeOf(start, end, list.size);
      const removed = list.size - count;
      list.keep(count === 0 ? list.size : from, count);
      call.changed(1, NOTIFY.list, 'ltrim', removed);
      call.removeIfEmpty(1, list);
    }
    reply.ok();
  },
};

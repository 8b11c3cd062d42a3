import { errors } from '../../errors.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { readInteger } from '../numbers.js';
import { placeOf, writeList } from './access.js';

export const lset: CommandDeclaration = {
  name: 'lset',
  summary: 'Set the value of an element in a list by its index',
  since: '1.0.0',
  group: 'list',
  complexity:
    'O(N) where N is the length of the list. Setting either the first or the last element of the list is O(1).',
  arguments: ['key#0', 'index:integer', 'element'],
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: oneKey,
  run(call) {
    const { args, reply } = call;
    const list = writeList(call, 1);
    if (!list) throw errors.noSuchKey;
    const place = placeOf(readInteger(args, 2), list);
    if (place < 0) throw errors.indexOutOfRange;
    list.set(place, args.text(3));
    call.changed(1, NOTIFY.list, 'lset');
    reply.ok();
  },
};

import type { ByteString } from '../../../resp/args.js';
import type { ListValue } from '../../data/list-value.js';
import { errors } from '../../errors.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { writeList } from './access.js';

export const linsert: CommandDeclaration = {
  name: 'linsert',
  summary: 'Insert an element before or after another element in a list',
  since: '2.2.0',
  group: 'list',
  complexity:
    'O(N) where N is the number of elements to traverse before seeing the value pivot. This means that inserting somewhere on the left end on the list (head) can be considered O(1) and inserting somewhere on the right end (tail) is O(N).',
  arguments: ['key#0', 'where(BEFORE | AFTER)', 'pivot', 'element'],
  arity: 5,
  flags: ['write', 'denyoom'],
  keys: oneKey,
  run(call) {
    const { args, reply } = call;
    const where = args.word(2);
    if (where !== 'before' && where !== 'after') throw errors.syntax;
    const list = writeList(call, 1);
    if (!list) {
      reply.integer(0);
      return;
    }
    const pivot = firstPlace(list, args.text(3));
    if (pivot < 0) {
      reply.integer(-1);
      return;
    }
    list.insert(where === 'before' ? pivot : pivot + 1, args.text(4));
    call.changed(1, NOTIFY.list, 'linsert');
    reply.integer(list.size);
  },
};

function firstPlace(list: ListValue, element: ByteString): number {
  let place = -1;
  let found = false;
  list.eachEqual(element, 0, list.size, (isEqual) => {
    place++;
    found = isEqual;
    return !found;
  });
  return found ? place : -1;
}

import { type CommandDeclaration, oneKey } from '../command.js';
import { readInteger } from '../numbers.js';
import { placeOf, readList } from './access.js';

export const lindex: CommandDeclaration = {
  name: 'lindex',
  summary: 'Get an element from a list by its index',
  since: '1.0.0',
  group: 'list',
  complexity:
    'O(N) where N is the number of elements to traverse to get to the element at index. This makes asking for the first or the last element of the list O(1).',
  arguments: ['key#0', 'index:integer'],
  arity: 3,
  flags: ['readonly'],
  keys: oneKey,
  run(call) {
    const list = readList(call, 1);
    const place = list ? placeOf(readInteger(call.args, 2), list) : -1;
    if (list && place >= 0) call.reply.bulk(list.get(place));
    else call.reply.nil();
  },
};

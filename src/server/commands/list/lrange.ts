import { type CommandDeclaration, oneKey } from '../command.js';
import { readInteger } from '../numbers.js';
import { rangeOf, readList } from './access.js';

export const lrange: CommandDeclaration = {
  name: 'lrange',
  summary: 'Get a range of elements from a list',
  since: '1.0.0',
  group: 'list',
  complexity:
    'O(S+N) where S is the distance of start offset from HEAD for small lists, from nearest end (HEAD or TAIL) for large lists; and N is the number of elements in the specified range.',
  arguments: ['key#0', 'start:integer', 'stop:integer'],
  arity: 4,
  flags: ['readonly'],
  keys: oneKey,
  run(call) {
    const { args, reply } = call;
    const start = readInteger(args, 2);
    const end = readInteger(args, 3);
    const list = readList(call, 1);
    const { from, count } = rangeOf(start, end, list?.size ?? 0);
    reply.array(count);
    list?.tell(from, count, reply);
  },
};

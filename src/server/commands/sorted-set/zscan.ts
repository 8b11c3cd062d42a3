import { formatDouble } from '../../../resp/writer.js';
import { packedScore } from '../../data/packed-sorted-set.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { readCursor, replyPage } from '../scan-page.js';
import { readSortedSet } from './access.js';

export const zscan: CommandDeclaration = {
  name: 'zscan',
  summary: 'Incrementally iterate sorted sets elements and associated scores',
  since: '2.8.0',
  group: 'sorted-set',
  complexity:
    'O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..',
  arguments: ['key#0', 'cursor:integer', '[MATCH pattern:pattern]', '[COUNT count:integer]'],
  arity: -3,
  flags: ['readonly'],
  keys: oneKey,
  run(call) {
    const cursor = readCursor(call.args, 2);
    const zset = readSortedSet(call, 1);
    const format = zset?.encoding === 'listpack' ? packedScore : formatDouble;
    replyPage(call, cursor, zset && ((from, take) => zset.scan(from, (member, score) => take(member, format(score)))));
  },
};

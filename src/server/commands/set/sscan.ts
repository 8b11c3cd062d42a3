import { type CommandDeclaration, oneKey } from '../command.js';
import { readCursor, replyPage } from '../scan-page.js';
import { readSet } from './access.js';

export const sscan: CommandDeclaration = {
  name: 'sscan',
  summary: 'Incrementally iterate Set elements',
  since: '2.8.0',
  group: 'set',
  complexity:
    'O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..',
  arguments: ['key#0', 'cursor:integer', '[MATCH pattern:pattern]', '[COUNT count:integer]'],
  arity: -3,
  flags: ['readonly'],
  keys: oneKey,
  run(call) {
    const cursor = readCursor(call.args, 2);
    const set = readSet(call, 1);
    replyPage(call, cursor, set && ((from, take) => set.scan(from, (place) => take(set.member(place)))));
  },
};

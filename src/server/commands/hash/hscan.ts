import { type CommandDeclaration, oneKey } from '../command.js';
import { readCursor, replyPage } from '../scan-page.js';
import { readHash } from './access.js';

export const hscan: CommandDeclaration = {
  name: 'hscan',
  summary: 'Incrementally iterate hash fields and associated values',
  since: '2.8.0',
  group: 'hash',
  complexity:
    'O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..',
  arguments: ['key#0', 'cursor:integer', '[MATCH pattern:pattern]', '[COUNT count:integer]'],
  arity: -3,
  flags: ['readonly'],
  keys: oneKey,
  run(call) {
    const cursor = readCursor(call.args, 2);
    const hash = readHash(call, 1);
    replyPage(
      call,
      cursor,
      hash &&
        ((from, take) =>
          hash.scan(from, (place) => {
            if (hash.isLive(place, call.now)) take(hash.field(place), hash.value(place));
          })),
    );
  },
};

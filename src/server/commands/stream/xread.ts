import type { CommandDeclaration } from '../command.js';
import { streamKeys } from './read-options.js';
import { runRead } from './read-streams.js';

export const xread: CommandDeclaration = {
  name: 'xread',
  summary:
    'Return never seen elements in multiple streams, with IDs greater than the ones reported by the caller for each stream. Can block.',
  since: '5.0.0',
  group: 'stream',
  complexity:
    'For each stream mentioned: O(N) with N being the number of elements being returned, it means that XREAD-ing with a fixed COUNT is O(1). Note that when the BLOCK option is used, XADD will pay O(M) time in order to serve the M clients blocked on the stream getting new data.',
  arguments: ['[COUNT count:integer]', '[BLOCK milliseconds:integer]', 'STREAMS streams(key#0..., id...)'],
  arity: -4,
  flags: ['readonly', 'blocking', 'movablekeys'],
  keys: { find: streamKeys(1) },
  run: (call) => runRead(call, false),
};

import type { CommandDeclaration } from '../command.js';
import { streamKeys } from './read-options.js';
import { runRead } from './read-streams.js';

export const xreadgroup: CommandDeclaration = {
  name: 'xreadgroup',
  summary:
    'Return new entries from a stream using a consumer group, or access the history of the pending entries for a given consumer. Can block.',
  since: '5.0.0',
  group: 'stream',
  complexity:
    'For each stream mentioned: O(M) with M being the number of elements returned. If M is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1). On the other side when XREADGROUP blocks, XADD will pay the O(N) time in order to serve the N clients blocked on the stream getting new data.',
  arguments: [
    'GROUP group_consumer(group, consumer)',
    '[COUNT count:integer]',
    '[BLOCK milliseconds:integer]',
    '[NOACK]',
    'STREAMS streams(key#0..., id...)',
  ],
  arity: -7,
  flags: ['write', 'blocking', 'movablekeys'],
  keys: { find: streamKeys(4) },
  run: (call) => runRead(call, true),
};

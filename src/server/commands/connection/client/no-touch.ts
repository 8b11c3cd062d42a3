import type { CommandDeclaration } from '../../command.js';
import { readOnOff } from '../on-off.js';

/** Of Redis 7.2. */
export const noTouch: CommandDeclaration = {
  name: 'no-touch',
  summary: 'Controls whether commands sent by the client affect the LRU/LFU of accessed keys.',
  since: '7.2.0',
  group: 'connection',
  complexity: 'O(1)',
  arguments: ['enabled(ON | OFF)'],
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  run({ args, reply, session }) {
    session.noTouch = readOnOff(args, 2);
    reply.ok();
  },
};

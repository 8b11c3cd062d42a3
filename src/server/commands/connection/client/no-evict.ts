import type { CommandDeclaration } from '../../command.js';
import { readOnOff } from '../on-off.js';

export const noEvict: CommandDeclaration = {
  name: 'no-evict',
  summary: 'Set client eviction mode for the current connection',
  since: '7.0.0',
  group: 'connection',
  complexity: 'O(1)',
  arguments: ['enabled(ON | OFF)'],
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ args, reply, session }) {
    session.noEvict = readOnOff(args, 2);
    reply.ok();
  },
};

import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { readOnOff } from '../on-off.js';

export const tracking: CommandDeclaration = {
  name: 'tracking',
  summary: 'Enable or disable server assisted client side caching support',
  since: '6.0.0',
  group: 'connection',
  complexity: 'O(1). Some options may introduce additional complexity.',
  arity: -3,
  flags: ['noscript', 'loading', 'stale'],
  run({ args, reply }) {
    if (readOnOff(args, 2)) throw new CommandError('ERR client tracking is not available yet');
    reply.ok();
  },
};

import { globMatches } from '../../../../core/glob.js';
import { sentinelCommand } from '../with-sentinel.js';

export const reset = sentinelCommand(
  {
    name: 'reset',
    summary: 'Reset masters by name pattern',
    since: '2.8.4',
    arity: 3,
    arguments: ['pattern:pattern'],
  },
  ({ args, reply }, sentinel) => {
    const pattern = args.text(2);
    const matching = [...sentinel.primaries.values()].filter(({ name }) => globMatches(pattern, name));
    for (const primary of matching) {
      sentinel.reset(primary, { keepsSentinels: false });
      sentinel.events.about('warning', '+reset-master', primary);
    }
    reply.integer(matching.length);
  },
);

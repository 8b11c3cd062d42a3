import { errors } from '../../errors.js';
import type { CommandDeclaration } from '../command.js';

export const multi: CommandDeclaration = {
  name: 'multi',
  summary: 'Mark the start of a transaction block',
  since: '1.2.0',
  group: 'transactions',
  complexity: 'O(1)',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  run({ reply, session }) {
    if (session.transaction) throw errors.nestedMulti;
    session.transaction = { queue: [], bytes: 0, aborted: false };
    session.refresh();
    reply.ok();
  },
};

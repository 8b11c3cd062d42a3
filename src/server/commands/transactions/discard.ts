import { CommandError } from '../../errors.js';
import { endTransaction } from '../../session/transaction.js';
import type { CommandDeclaration } from '../command.js';

export const discard: CommandDeclaration = {
  name: 'discard',
  summary: 'Discard all commands issued after MULTI',
  since: '2.0.0',
  group: 'transactions',
  complexity: 'O(N), when N is the number of queued commands',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  run({ reply, session }) {
    if (!session.transaction) throw new CommandError('ERR DISCARD without MULTI');
    endTransaction(session);
    reply.ok();
  },
};

import { CommandError, errors } from '../../errors.js';
import { unwatch } from '../../session/transaction.js';
import type { CommandDeclaration } from '../command.js';

export const exec: CommandDeclaration = {
  name: 'exec',
  summary: 'Execute all commands issued after MULTI',
  since: '1.2.0',
  group: 'transactions',
  complexity: 'Depends on commands in the transaction',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'skip_slowlog'],
  run(call) {
    const { session, reply, server } = call;
    const { transaction } = session;
    if (!transaction) throw new CommandError('ERR EXEC without MULTI');
    const broken = session.watchBroken;
    session.transaction = undefined;
    unwatch(session);
    session.refresh();
    if (transaction.aborted) throw errors.execAbort;
    if (broken) {
      reply.nilArray();
      return;
    }
    reply.array(transaction.queue.length);
    server.effects.group(() => {
      for (const args of transaction.queue) {
        server.dispatcher.execute(session, server.commands.find(args)!, args, reply);
      }
    });
  },
};

import { denialInExec } from '../../access/denial.js';
import { logDenial } from '../../access/log-denial.js';
import { CommandError, errors, execAbortedBy } from '../../errors.js';
import type { Transaction } from '../../session/session.js';
import { endTransaction, hasStaleWatch } from '../../session/transaction.js';
import type { Call } from '../call.js';
import type { CommandDeclaration } from '../command.js';

const OUT_OF_MEMORY = execAbortedBy(errors.oom);
const NO_REPLICAS = execAbortedBy(errors.noReplicas);

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
    const broken = session.watchBroken || hasStaleWatch(session);
    endTransaction(session);
    if (transaction.needsMemory && server.isOutOfMemory) throw OUT_OF_MEMORY;
    if (server.replication.lacksReplicas && changesData(call, transaction)) throw NO_REPLICAS;
    if (transaction.aborted) throw errors.execAbort;
    if (broken) {
      reply.nilArray();
      return;
    }
    reply.array(transaction.queue.length);
    session.executing = transaction;
    try {
      runQueue(call, transaction);
    } finally {
      session.executing = undefined;
    }
  },
};

function runQueue(call: Call, { queue }: Transaction): void {
  const { session, reply, server } = call;
  for (const args of queue) {
    const command = server.commands.find(args)!;
    const denial = server.users.permissions.denial(session.user, command, args);
    if (denial === undefined) server.dispatcher.execute(session, command, args, reply);
    else {
      logDenial(call, denial, 'multi', { command, args });
      server.dispatcher.fail(reply, new CommandError(denialInExec(denial)));
    }
  }
}

function changesData({ server }: Call, { queue }: Transaction): boolean {
  return queue.some((args) => server.commands.find(args)?.flags.includes('write') === true);
}

import { CommandError } from '../../errors.js';
import type { CommandDeclaration } from '../command.js';

export const bgrewriteaof: CommandDeclaration = {
  name: 'bgrewriteaof',
  summary: 'Asynchronously rewrite the append-only file',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(1)',
  arity: 1,
  flags: ['admin', 'noscript', 'no_async_loading'],
  run({ reply, server }) {
    const { rewrite } = server.appendOnlyFile;
    if (rewrite.isRunning) throw IN_PROGRESS;
    if (server.dispatcher.isNested || server.persistence.isSaving) {
      // A transaction is in the new base as a whole once it has ended.
      rewrite.isScheduled = true;
      reply.simple('Background append only file rewriting scheduled');
    } else if (rewrite.ask()) reply.simple('Background append only file rewriting started');
    else throw FAILED;
  },
};

const IN_PROGRESS = new CommandError('ERR Background append only file rewriting already in progress');
const FAILED = new CommandError(
  "ERR Can't execute an AOF background rewriting. Please check the server logs for more information.",
);

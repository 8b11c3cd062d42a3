import { CommandError, wrongSubcommand } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { readInteger } from '../../numbers.js';

export const unblock: CommandDeclaration = {
  name: 'unblock',
  summary: 'Unblock a client blocked in a blocking command from a different connection',
  since: '5.0.0',
  group: 'connection',
  complexity: 'O(log N) where N is the number of client connections',
  arguments: ['client-id:integer', '[timeout_error(TIMEOUT | ERROR)]'],
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ args, reply, server }) {
    if (args.count > 4) throw wrongSubcommand('CLIENT', args.text(1));
    const reason = args.count === 4 ? args.word(3) : 'timeout';
    if (reason !== 'timeout' && reason !== 'error') {
      throw new CommandError('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR');
    }
    const id = readInteger(args, 2);
    const target = [...server.sessions].find((session) => session.id === id);
    const { blocked } = target ?? {};
    if (!target || blocked?.onTimeout === undefined) {
      reply.integer(0);
      return;
    }
    const answer = () => server.dispatcher.fail(target.reply, unblocked);
    server.blocking.unblock(target, reason === 'error' ? answer : blocked.onTimeout);
    // In both cases, as in Redis.
    server.stats.failedWaiting(blocked.command);
    reply.integer(1);
  },
};

const unblocked = new CommandError('UNBLOCKED client unblocked via CLIENT UNBLOCK');

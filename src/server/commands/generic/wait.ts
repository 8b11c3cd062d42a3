import { CommandError, errors } from '../../errors.js';
import type { CommandDeclaration } from '../command.js';
import { readInteger } from '../numbers.js';

/** Nobody follows this server: the wait is over at once or when its time is. */
export const wait: CommandDeclaration = {
  name: 'wait',
  summary:
    'Wait for the synchronous replication of all the write commands sent in the context of the current connection',
  since: '3.0.0',
  group: 'generic',
  complexity: 'O(1)',
  arity: 3,
  flags: ['noscript'],
  categories: ['connection'],
  run(call) {
    const { args, reply, session } = call;
    const wanted = readInteger(args, 1);
    const timeout = readInteger(args, 2, timeoutNotInteger);
    if (timeout < 0) throw errors.timeoutNegative;
    const answer = () => session.reply.integer(0);
    if (wanted <= 0 || !call.block([], timeout, answer)) reply.integer(0);
  },
};

const timeoutNotInteger = new CommandError('ERR timeout is not an integer or out of range');

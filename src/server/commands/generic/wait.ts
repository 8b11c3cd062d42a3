import { CommandError, errors } from '../../errors.js';
import type { CommandDeclaration } from '../command.js';
import { readInteger } from '../numbers.js';

/** Until as many replicas have acknowledged what this client wrote, or the time is over. */
export const wait: CommandDeclaration = {
  name: 'wait',
  summary:
    'Wait for the synchronous replication of all the write commands sent in the context of the current connection',
  since: '3.0.0',
  group: 'generic',
  complexity: 'O(1)',
  arguments: ['numreplicas:integer', 'timeout:integer'],
  arity: 3,
  flags: ['noscript'],
  categories: ['connection'],
  run(call) {
    const { args, reply, session, server } = call;
    const { replication } = server;
    if (replication.isReplica) throw ON_REPLICA;
    const wanted = readInteger(args, 1);
    const timeout = readInteger(args, 2, timeoutNotInteger);
    if (timeout < 0) throw errors.timeoutNegative;
    const offset = session.writtenTo;
    const count = replication.countAcks(offset);
    const answer = () => {
      replication.endWait(session);
      session.reply.integer(replication.countAcks(offset));
    };
    if (count >= wanted || !call.block([], timeout, answer)) reply.integer(count);
    else replication.awaitAcks(session, offset, wanted);
  },
};

const ON_REPLICA = new CommandError(
  'ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated.',
);
const timeoutNotInteger = new CommandError('ERR timeout is not an integer or out of range');

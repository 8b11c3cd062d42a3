import { CommandError } from '../../errors.js';
import { watch as watchKey } from '../../session/transaction.js';
import { allKeys, type CommandDeclaration } from '../command.js';

export const watch: CommandDeclaration = {
  name: 'watch',
  summary: 'Watch the given keys to determine execution of the MULTI/EXEC block',
  since: '2.2.0',
  group: 'transactions',
  complexity: 'O(1) for every key.',
  arguments: ['key#0...'],
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  keys: allKeys,
  run({ args, reply, session, db }) {
    if (session.transaction) throw new CommandError('ERR WATCH inside MULTI is not allowed');
    for (let i = 1; i < args.count; i++) watchKey(session, db, args.text(i));
    reply.ok();
  },
};

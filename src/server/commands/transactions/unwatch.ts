import { unwatch as forgetKeys } from '../../session/transaction.js';
import type { CommandDeclaration } from '../command.js';

export const unwatch: CommandDeclaration = {
  name: 'unwatch',
  summary: 'Forget about all watched keys',
  since: '2.2.0',
  group: 'transactions',
  complexity: 'O(1)',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  run({ reply, session }) {
    forgetKeys(session);
    reply.ok();
  },
};

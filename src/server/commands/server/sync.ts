import type { CommandDeclaration } from '../command.js';
import { fullSync, mayBecomeReplica } from './psync.js';

export const sync: CommandDeclaration = {
  name: 'sync',
  summary: 'Internal command used for replication',
  since: '1.0.0',
  group: 'server',
  complexity: '',
  arity: 1,
  flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'],
  run(call) {
    if (!mayBecomeReplica(call)) return;
    call.server.replication.replicaOf(call.session).isOld = true;
    fullSync(call);
  },
};

import { unwatch } from '../../session/transaction.js';
import type { CommandDeclaration } from '../command.js';

export const reset: CommandDeclaration = {
  name: 'reset',
  summary: 'Reset the connection',
  since: '6.2.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  run({ reply, session, server }) {
    session.transaction = undefined;
    unwatch(session);
    server.pubsub.forget(session);
    session.db = server.keyspace.databases[0]!;
    session.reply.protocol = 2;
    session.name = '';
    // The answer is heard again; after CLIENT REPLY SKIP it is what was to be skipped.
    const wasOff = session.replyMode === 'off';
    session.replyMode = 'on';
    session.asking = 'no';
    session.readsReplica = false;
    session.noTouch = session.noEvict = false;
    server.monitors.remove(session);
    server.tracking.disable(session);
    server.users.logOut(session);
    session.refresh();
    (wasOff ? session.reply : reply).simple('RESET');
  },
};

import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, oneKey } from '../command.js';

export const persist: CommandDeclaration = {
  name: 'persist',
  summary: 'Remove the expiration from a key',
  since: '2.2.0',
  group: 'generic',
  complexity: 'O(1)',
  arguments: ['key#0'],
  arity: 2,
  flags: ['write', 'fast'],
  keys: oneKey,
  run(call) {
    const { args, db, reply } = call;
    const ref = db.write(args, 1);
    if (ref === 0 || db.expiry(ref) === 0) {
      reply.integer(0);
      return;
    }
    db.setExpiry(ref, 0);
    call.changed(1, NOTIFY.generic, 'persist');
    reply.integer(1);
  },
};

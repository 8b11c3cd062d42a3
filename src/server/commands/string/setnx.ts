import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, oneKey } from '../command.js';

export const setnx: CommandDeclaration = {
  name: 'setnx',
  summary: 'Set the value of a key, only if the key does not exist',
  since: '1.0.0',
  group: 'string',
  complexity: 'O(1)',
  arguments: ['key#0', 'value'],
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  run(call) {
    const { args, db, reply } = call;
    if (db.write(args, 1) !== 0) {
      reply.integer(0);
      return;
    }
    db.putString(args, 1, args.area, args.start(2), args.length(2));
    call.changed(1, NOTIFY.string, 'set');
    reply.integer(1);
  },
};

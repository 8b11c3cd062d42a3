import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { replyString } from './get.js';

export const getset: CommandDeclaration = {
  name: 'getset',
  summary: 'Set the string value of a key and return its old value',
  since: '1.0.0',
  group: 'string',
  complexity: 'O(1)',
  deprecated: { since: '6.2.0', use: '`SET` with the `!GET` argument' },
  arguments: ['key#0', 'value'],
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  run(call) {
    const { args, db, reply } = call;
    replyString(db, call.readString(1), reply);
    db.putString(args, 1, args.area, args.start(2), args.length(2));
    call.changed(1, NOTIFY.string, 'set');
    if (call.server.effects.listened) call.propagate('SET', args.text(1), args.text(2));
  },
};

import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { replyString } from './get.js';

export const getdel: CommandDeclaration = {
  name: 'getdel',
  summary: 'Get the value of a key and delete the key',
  since: '6.2.0',
  group: 'string',
  complexity: 'O(1)',
  arguments: ['key#0'],
  arity: 2,
  flags: ['write', 'fast'],
  keys: oneKey,
  run(call) {
    const { args, db, reply } = call;
    const ref = call.readString(1);
    replyString(db, ref, reply);
    if (ref === 0) return;
    db.remove(ref);
    call.changed(1, NOTIFY.generic, 'del');
    call.propagate('DEL', args.text(1));
  },
};

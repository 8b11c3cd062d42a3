import { notInCluster } from '../../errors.js';
import { putHolding, takeOut } from '../../keyspace/holding.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { changedElsewhere, databaseAt, sameObject } from './other-database.js';

export const move: CommandDeclaration = {
  name: 'move',
  summary: 'Move a key to another database',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(1)',
  arguments: ['key#0', 'db:integer'],
  arity: 3,
  flags: ['write', 'fast'],
  keys: oneKey,
  run(call) {
    const { args, db, reply } = call;
    if (call.server.cluster !== undefined) throw notInCluster('MOVE is');
    const target = databaseAt(call, 2);
    if (target === db) throw sameObject;
    const ref = db.write(args, 1);
    if (ref === 0 || target.write(args, 1) !== 0) {
      reply.integer(0);
      return;
    }
    putHolding(target, args, 1, takeOut(db, ref));
    call.changed(1, NOTIFY.generic, 'move_from', 0);
    changedElsewhere(call, target, 1, NOTIFY.generic, 'move_to');
    reply.integer(1);
  },
};

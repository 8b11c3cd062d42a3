import { errors } from '../../errors.js';
import { putHolding, takeOut } from '../../keyspace/holding.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import type { Call } from '../call.js';

/** RENAME and RENAMENX; false when the new name is taken and must not be replaced. */
export function renameKey(call: Call, replace: boolean): boolean {
  const { args, db } = call;
  const ref = db.write(args, 1);
  if (ref === 0) throw errors.noSuchKey;
  if (args.text(1) === args.text(2)) return replace;
  const target = db.write(args, 2);
  if (target !== 0) {
    if (!replace) return false;
    db.remove(target);
  }
  putHolding(db, args, 2, takeOut(db, db.peek(args, 1)));
  call.changed(1, NOTIFY.generic, 'rename_from');
  call.changed(2, NOTIFY.generic, 'rename_to', 0);
  return true;
}

import { Args } from '../../resp/args.js';
import { NOTIFY } from '../keyspace/notifications.js';
import type { Server } from '../server.js';

/** The slot is another node's now: what is left of it here goes. */
export function removeSlot(server: Server, slot: number): void {
  const { keyspace, notifications, effects } = server;
  const db = keyspace.databases[0]!;
  const keys = db.keysInSlot(slot, Number.POSITIVE_INFINITY);
  for (const key of keys) {
    const args = Args.of(key);
    db.remove(db.entries.find(args, 0, db.entries.hash(args, 0)));
    db.touch(args, 0);
    notifications.publish(db, NOTIFY.generic, 'del', key);
    effects.emit(db.number, 'DEL', key);
  }
  effects.dirty += keys.length;
}

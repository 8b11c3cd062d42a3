import { CommandError, errors } from '../../errors.js';
import type { Database } from '../../keyspace/database.js';
import type { EventClass } from '../../keyspace/notifications.js';
import type { Call } from '../call.js';
import { readInteger } from '../numbers.js';

/** The database that an argument names (MOVE, COPY DB). */
export function databaseAt(call: Call, i: number): Database {
  const number = readInteger(call.args, i);
  if (Math.abs(number) > 0x7fffffff) throw errors.notInteger;
  const db = call.server.keyspace.databases[number];
  if (!db) throw errors.dbIndex;
  return db;
}

export const sameObject = new CommandError('ERR source and destination objects are the same');

/** `Call.changed` for a key of another database than the client's. */
export function changedElsewhere(call: Call, db: Database, i: number, type: EventClass, event: string): void {
  const own = call.db;
  call.db = db;
  call.changed(i, type, event);
  call.db = own;
}

import { CommandError, errors } from '../../errors.js';
import type { Database } from '../../keyspace/database.js';
import type { EventClass } from '../../keyspace/notifications.js';
import type { Call } from '../call.js';
import { readInteger } from '../numbers.js';

/** The database that an argument names (MOVE, COPY DB). */
export function databaseAt(call: Call, i: number): Database {
  const number = readInteger(call.args, i);
  if (number < -(2 ** 31) || number >= 2 ** 31) throw notInt;
  const db = call.server.keyspace.databases[number];
  if (!db) throw errors.dbIndex;
  return db;
}

const notInt = new CommandError('ERR value is out of range, value must between -2147483648 and 2147483647');
export const sameObject = new CommandError('ERR source and destination objects are the same');

/** `Call.changed` for a key of another database than the client's. */
export function changedElsewhere(call: Call, db: Database, i: number, type: EventClass, event: string): void {
  const own = call.db;
  call.db = db;
  call.changed(i, type, event);
  call.db = own;
}

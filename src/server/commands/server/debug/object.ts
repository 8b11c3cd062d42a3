import { errors } from '../../../errors.js';
import type { Database } from '../../../keyspace/database.js';
import { Embstr, Int } from '../../../keyspace/entries.js';
import type { Ref } from '../../../keyspace/memory.js';
import { Type } from '../../../keyspace/value.js';
import type { Call } from '../../call.js';

/** One line about a key's value; addresses and serialized lengths are of no meaning here and estimated. */
export function debugObject({ args, db, reply, server }: Call): void {
  // An expired key that is still there can be seen here.
  const ref = db.entries.find(args, 2, db.entries.hash(args, 2));
  if (ref === 0) throw errors.noSuchKey;
  const { entries } = db;
  const idle = Math.floor(server.keyspace.access.idleTime(entries, ref) / 1000);
  const isString = entries.type(ref) === Type.string;
  const length = isString ? entries.stringLength(ref) + 1 : entries.collection(ref).memory();
  reply.simple(
    `Value at:0x${ref.toString(16).padStart(12, '0')} refcount:1 encoding:${encodingOf(db, ref)} serializedlength:${length} lru:${entries.access(ref)} lru_seconds_idle:${idle}`,
  );
}

function encodingOf(db: Database, ref: Ref): string {
  const { entries } = db;
  if (entries.type(ref) !== Type.string) return entries.collection(ref).encoding;
  const encoding = entries.encoding(ref);
  return encoding === Int ? 'int' : encoding === Embstr ? 'embstr' : 'raw';
}

import type { ListValue } from '../../../data/list-value.js';
import { errors } from '../../../errors.js';
import type { Database } from '../../../keyspace/database.js';
import type { Ref } from '../../../keyspace/memory.js';
import { Embstr, Int } from '../../../keyspace/string-encoding.js';
import { Type } from '../../../keyspace/value.js';
import { serializedLength } from '../../../persistence/rdb/dump-payload.js';
import { listNodes } from '../../../persistence/rdb/write-list.js';
import type { Settings } from '../../../settings.js';
import type { Call } from '../../call.js';

/** One line about a key's value. Its address is its place in the database's memory. */
export function debugObject({ args, db, reply, server }: Call): void {
  // An expired key that is still there can be seen here.
  const ref = db.entries.find(args, 2, db.entries.hash(args, 2));
  if (ref === 0) throw errors.noSuchKey;
  const { entries } = db;
  const { settings } = server;
  const fields = {
    encoding: encodingOf(db, ref),
    serializedlength: serializedLength(db, ref, settings),
    lru: entries.access(ref),
    lru_seconds_idle: Math.floor(server.keyspace.access.idleTime(entries, ref) / 1000),
    ...(entries.type(ref) === Type.list ? nodeFields(db.collection(ref) as ListValue, settings) : {}),
  };
  const shown = Object.entries(fields).map(([name, value]) => `${name}:${value}`);
  reply.simple(`Value at:0x${ref.toString(16).padStart(12, '0')} refcount:1 ${shown.join(' ')}`);
}

/** A list as it would be saved: it is kept in other pieces here. */
function nodeFields(list: ListValue, settings: Settings): Record<string, number | string> {
  const nodes = listNodes(list, settings);
  return {
    ql_nodes: nodes.length,
    ql_avg_node: (list.size / nodes.length).toFixed(2),
    ql_listpack_max: settings.listMaxListpackSize,
    ql_compressed: settings.listCompressDepth === 0 ? 0 : 1,
    ql_uncompressed_size: nodes.reduce((sum, { bytes }) => sum + bytes.length, 0),
  };
}

export function encodingOf({ entries }: Database, ref: Ref): string {
  if (entries.type(ref) !== Type.string) return entries.collection(ref).encoding;
  const encoding = entries.encoding(ref);
  return encoding === Int ? 'int' : encoding === Embstr ? 'embstr' : 'raw';
}

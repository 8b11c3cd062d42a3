import type { ListValue } from '../../../data/list-value.js';
import { CommandError, errors } from '../../../errors.js';
import { capacity, type Ref } from '../../../keyspace/memory.js';
import { Type } from '../../../keyspace/value.js';
import { serializedLength } from '../../../persistence/rdb/dump-payload.js';
import { listNodes } from '../../../persistence/rdb/write-list.js';
import type { Call } from '../../call.js';
import { encodingOf } from './object.js';

/**
 * DEBUG LISTPACK, QUICKLIST and SDSLEN. Redis prints the bytes of the first two on its standard output; here values have
 * these forms only where they are saved, and the log is told how large they are then.
 */
export function debugListpack(call: Call): void {
  const { db, reply, server } = call;
  const ref = existing(call);
  if (encodingOf(db, ref) !== 'listpack') throw NOT_A_LISTPACK;
  const bytes = serializedLength(db, ref, { ...server.settings, rdbCompression: false });
  server.log('warning', `DEBUG LISTPACK: ${db.collection(ref).size} elements, saved as ${bytes} bytes`);
  reply.simple('Listpack structure printed on stdout');
}

export function debugQuicklist(call: Call): void {
  const { db, reply, server } = call;
  const ref = existing(call);
  if (db.type(ref) !== Type.list) throw NOT_A_QUICKLIST;
  const list = db.collection(ref) as ListValue;
  const sizes = listNodes(list, server.settings).map(({ bytes }) => bytes.length);
  server.log('warning', `DEBUG QUICKLIST: ${list.size} elements, saved as ${sizes.length} nodes`);
  reply.simple('Quicklist structure printed on stdout');
}

/** A key and a string have one block together: what is free in it counts for the string. */
export function debugStringLength(call: Call): void {
  const { db, reply } = call;
  const ref = existing(call);
  const { entries } = db;
  if (!['embstr', 'raw'].includes(encodingOf(db, ref))) throw NOT_BYTES;
  const [keyLength, length] = [entries.keyLength(ref), entries.stringLength(ref)];
  const room = Math.max(length, entries.bytesOf(ref) - capacity(keyLength));
  const key = `key_sds_len:${keyLength}, key_sds_avail:0, key_zmalloc: ${capacity(keyLength)}`;
  reply.simple(`${key}, val_sds_len:${length}, val_sds_avail:${room - length}, val_zmalloc: ${room}`);
}

function existing({ args, db }: Call): Ref {
  const ref = db.peek(args, 2);
  if (ref === 0) throw errors.noSuchKey;
  return ref;
}

const NOT_A_LISTPACK = new CommandError('ERR Not a listpack encoded object.');
const NOT_A_QUICKLIST = new CommandError('ERR Not a quicklist encoded object.');
const NOT_BYTES = new CommandError('ERR Not an sds encoded string.');

import type { ReplySink } from '../../../resp/sink.js';
import type { Database } from '../../keyspace/database.js';
import type { Ref } from '../../keyspace/memory.js';
import { External } from '../../keyspace/string-encoding.js';
import { type CommandDeclaration, oneKey } from '../command.js';

export const get: CommandDeclaration = {
  name: 'get',
  summary: 'Get the value of a key',
  since: '1.0.0',
  group: 'string',
  complexity: 'O(1)',
  arguments: ['key#0'],
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run(call) {
    replyString(call.db, call.readString(1), call.reply);
  },
};

/** The string's bytes straight from the keyspace's memory; null for ref 0. */
export function replyString(db: Database, ref: Ref, reply: ReplySink): void {
  if (ref === 0) {
    reply.nil();
    return;
  }
  const { entries } = db;
  if (entries.encoding(ref) === External) reply.bulkBytes(entries.stringBuffer(ref));
  else reply.bulkPart(entries.stringArea(ref), entries.stringStart(ref), entries.stringLength(ref));
}

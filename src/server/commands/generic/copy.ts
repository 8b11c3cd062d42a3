import { errors, notInCluster } from '../../errors.js';
import type { Database } from '../../keyspace/database.js';
import { copyOut, putHolding } from '../../keyspace/holding.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import type { Call } from '../call.js';
import type { CommandDeclaration } from '../command.js';
import { changedElsewhere, databaseAt, sameObject } from './other-database.js';

export const copy: CommandDeclaration = {
  name: 'copy',
  summary: 'Copy a key',
  since: '6.2.0',
  group: 'generic',
  complexity: 'O(N) worst case for collections, where N is the number of nested items. O(1) for string values.',
  arguments: ['source#0', 'destination#1', '[DB destination-db:integer]', '[REPLACE]'],
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: { first: 1, last: 2, step: 1 },
  run(call) {
    const { args, db, reply } = call;
    const { target, replace } = readOptions(call);
    if (target !== db && call.server.cluster !== undefined) throw notInCluster('Copying to another database is');
    if (target === db && args.text(1) === args.text(2)) throw sameObject;
    const ref = db.read(args, 1);
    const taken = ref === 0 ? 0 : target.write(args, 2);
    if (ref === 0 || (taken !== 0 && !replace)) {
      reply.integer(0);
      return;
    }
    const holding = copyOut(db, db.peek(args, 1));
    if (taken !== 0) target.remove(taken);
    putHolding(target, args, 2, holding);
    changedElsewhere(call, target, 2, NOTIFY.generic, 'copy_to');
    reply.integer(1);
  },
};

function readOptions(call: Call): { target: Database; replace: boolean } {
  const { args } = call;
  let target = call.db;
  let replace = false;
  for (let i = 3; i < args.count; i++) {
    const word = args.word(i);
    if (word === 'replace') replace = true;
    else if (word === 'db' && i + 1 < args.count) target = databaseAt(call, ++i);
    else throw errors.syntax;
  }
  return { target, replace };
}

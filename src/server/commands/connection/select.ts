import { errors, notInCluster } from '../../errors.js';
import type { CommandDeclaration } from '../command.js';
import { readInteger } from '../numbers.js';

export const select: CommandDeclaration = {
  name: 'select',
  summary: 'Change the selected database for the current connection',
  since: '1.0.0',
  group: 'connection',
  complexity: 'O(1)',
  arguments: ['index:integer'],
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  run({ args, reply, session, server }) {
    const number = readInteger(args, 1);
    // What is read from a file or a primary goes where it was, for the server to find it there.
    if (server.cluster !== undefined && number !== 0 && !session.isPrimary) throw notInCluster('SELECT is');
    const db = server.keyspace.databases[number];
    if (db === undefined) throw errors.dbIndex;
    session.db = db;
    reply.ok();
  },
};

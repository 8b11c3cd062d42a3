import { dumpPayload } from '../../persistence/rdb/dump-payload.js';
import { type CommandDeclaration, oneKey } from '../command.js';

export const dump: CommandDeclaration = {
  name: 'dump',
  summary: 'Return a serialized version of the value stored at the specified key.',
  since: '2.6.0',
  group: 'generic',
  complexity:
    'O(1) to access the key and additional O(N*M) to serialize it, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1).',
  arguments: ['key#0'],
  arity: 2,
  flags: ['readonly'],
  keys: oneKey,
  run({ args, db, reply, server }) {
    const ref = db.read(args, 1);
    if (ref === 0) reply.nil();
    else reply.bulkBytes(dumpPayload(db, ref, server.settings));
  },
};

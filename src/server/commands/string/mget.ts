import { Type } from '../../keyspace/value.js';
import { allKeys, type CommandDeclaration } from '../command.js';
import { replyString } from './get.js';

export const mget: CommandDeclaration = {
  name: 'mget',
  summary: 'Get the values of all the given keys',
  since: '1.0.0',
  group: 'string',
  complexity: 'O(N) where N is the number of keys to retrieve.',
  arguments: ['key#0...'],
  arity: -2,
  flags: ['readonly', 'fast'],
  keys: allKeys,
  run({ args, db, reply }) {
    reply.array(args.count - 1);
    for (let i = 1; i < args.count; i++) {
      const ref = db.read(args, i);
      replyString(db, ref !== 0 && db.entries.type(ref) === Type.string ? ref : 0, reply);
    }
  },
};

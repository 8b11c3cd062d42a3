import { allKeys, type CommandDeclaration } from '../command.js';

export const touch: CommandDeclaration = {
  name: 'touch',
  summary: 'Alters the last access time of a key(s). Returns the number of existing keys specified.',
  since: '3.2.1',
  group: 'generic',
  complexity: 'O(N) where N is the number of keys that will be touched.',
  arguments: ['key#0...'],
  arity: -2,
  flags: ['readonly', 'fast'],
  keys: allKeys,
  run({ args, db, reply }) {
    let found = 0;
    for (let i = 1; i < args.count; i++) if (db.read(args, i) !== 0) found++;
    reply.integer(found);
  },
};

import { allKeys, type CommandDeclaration } from '../command.js';

export const exists: CommandDeclaration = {
  name: 'exists',
  summary: 'Determine if a key exists',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(N) where N is the number of keys to check.',
  history: ['3.0.3 Accepts multiple `key` arguments.'],
  arguments: ['key#0...'],
  arity: -2,
  flags: ['readonly', 'fast'],
  keys: allKeys,
  run({ args, db, reply }) {
    let found = 0;
    for (let i = 1; i < args.count; i++) if (db.glance(args, i) !== 0) found++;
    reply.integer(found);
  },
};

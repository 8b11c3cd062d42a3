import { type CommandDeclaration, oneKey } from '../command.js';

export const type: CommandDeclaration = {
  name: 'type',
  summary: 'Determine the type stored at key',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(1)',
  arguments: ['key#0'],
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run({ args, db, reply }) {
    reply.simple(db.typeName(db.glance(args, 1)));
  },
};

import type { CommandDeclaration } from '../command.js';

export const dbsize: CommandDeclaration = {
  name: 'dbsize',
  summary: 'Return the number of keys in the selected database',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(1)',
  arity: 1,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  run({ db, reply }) {
    reply.integer(db.size);
  },
};

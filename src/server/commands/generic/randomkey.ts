import type { CommandDeclaration } from '../command.js';

export const randomkey: CommandDeclaration = {
  name: 'randomkey',
  summary: 'Return a random key from the keyspace',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(1)',
  arity: 1,
  flags: ['readonly'],
  run({ db, reply, server }) {
    const key = db.randomKey(() => server.random.float());
    if (key === undefined) reply.nil();
    else reply.bulk(key);
  },
};

import type { CommandDeclaration } from '../command.js';

export const time: CommandDeclaration = {
  name: 'time',
  summary: 'Return the current server time',
  since: '2.6.0',
  group: 'server',
  complexity: 'O(1)',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  run({ reply, server }) {
    const microseconds = server.keyspace.microseconds();
    reply.array(2);
    reply.bulk(String(Math.floor(microseconds / 1_000_000)));
    reply.bulk(String(microseconds % 1_000_000));
  },
};

import type { CommandDeclaration } from '../../command.js';

export const resetstat: CommandDeclaration = {
  name: 'resetstat',
  summary: 'Reset the stats returned by INFO',
  since: '2.0.0',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ reply, server }) {
    server.stats.reset();
    server.keyspace.resetCounters();
    server.eviction.resetCounters();
    server.replication.resetCounters();
    server.persistence.saves = 0;
    server.appendOnlyFile.rewrite.resetCounters();
    reply.ok();
  },
};

import type { CommandDeclaration } from '../command.js';

export const role: CommandDeclaration = {
  name: 'role',
  summary: 'Return the role of the instance in the context of replication',
  since: '2.8.12',
  group: 'server',
  complexity: 'O(1)',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast'],
  categories: ['admin', 'dangerous'],
  run({ reply, server }) {
    const { replication } = server;
    const { successor } = replication.failover;
    if (successor !== undefined) {
      reply.array(5);
      reply.bulk('slave');
      reply.bulk(successor.host);
      reply.integer(successor.port);
      reply.bulk('connect');
      reply.integer(-1);
      return;
    }
    const online = [...replication.replicas].filter(({ state }) => state === 'online');
    reply.array(3);
    reply.bulk('master');
    reply.integer(replication.offset);
    reply.array(online.length);
    for (const { address, listeningPort, acknowledged } of online) {
      reply.array(3);
      reply.bulk(address);
      reply.bulk(String(listeningPort));
      reply.bulk(String(acknowledged));
    }
  },
};

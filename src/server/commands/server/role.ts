import type { Call } from '../call.js';
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
  run(call) {
    const { reply, server } = call;
    const { replication } = server;
    if (replication.isReplica) {
      replyAsReplica(call);
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

function replyAsReplica({ reply, server }: Call): void {
  const [host = '', port = ''] = server.settings.primary.split(' ');
  const { state, stream } = server.replication.following;
  reply.array(5);
  reply.bulk('slave');
  reply.bulk(host);
  reply.integer(Number(port));
  reply.bulk(state);
  reply.integer(stream?.offset ?? -1);
}

import type { CommandDeclaration } from '../../command.js';

export const numpat: CommandDeclaration = {
  name: 'numpat',
  summary: 'Get the count of unique patterns pattern subscriptions',
  since: '2.8.0',
  group: 'pubsub',
  complexity: 'O(1)',
  arity: 2,
  flags: ['pubsub', 'loading', 'stale'],
  run({ reply, server }) {
    reply.integer(server.pubsub.patterns.size);
  },
};

import type { CommandDeclaration } from '../../command.js';

export const history: CommandDeclaration = {
  name: 'history',
  summary: 'Return timestamp-latency samples for the event.',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(1)',
  arguments: ['event'],
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ args, reply, server }) {
    const { samples } = server.latency.get(args.text(2)) ?? { samples: [] };
    reply.array(samples.length);
    for (const { time, latency } of samples) {
      reply.array(2);
      reply.integer(time);
      reply.integer(latency);
    }
  },
};

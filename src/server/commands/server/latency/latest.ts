import type { CommandDeclaration } from '../../command.js';

export const latest: CommandDeclaration = {
  name: 'latest',
  summary: 'Return the latest latency samples for all events.',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ reply, server }) {
    const events = server.latency.names();
    reply.array(events.length);
    for (const event of events) {
      const { samples, worst } = server.latency.get(event)!;
      const { time, latency } = samples.at(-1)!;
      reply.array(4);
      reply.bulk(event);
      for (const number of [time, latency, worst]) reply.integer(number);
    }
  },
};

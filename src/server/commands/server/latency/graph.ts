import { CommandError } from '../../../errors.js';
import { latencyGraph } from '../../../latency/graph.js';
import type { CommandDeclaration } from '../../command.js';

export const graph: CommandDeclaration = {
  name: 'graph',
  summary: 'Return a latency graph for the event.',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(1)',
  arguments: ['event'],
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ args, reply, server, now }) {
    const event = args.text(2);
    const series = server.latency.get(event);
    if (series === undefined) throw new CommandError(`ERR No samples available for event '${event}'`);
    reply.verbatim('txt', latencyGraph(event, series, now));
  },
};

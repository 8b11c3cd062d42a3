import type { ReplySink } from '../../../../resp/sink.js';
import type { LatencyHistogram } from '../../../latency/histogram.js';
import type { Server } from '../../../server.js';
import type { CommandDeclaration } from '../../command.js';

/** What `latency-tracking` has recorded; a container's name stands for its subcommands. */
export const histogram: CommandDeclaration = {
  name: 'histogram',
  summary: 'Return the cumulative distribution of latencies of a subset of commands or all.',
  since: '7.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of commands with latency information being retrieved.',
  arguments: ['[command...]'],
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ args, reply, server }) {
    const { byCommand } = server.stats;
    const names = args.texts(2).map((name) => name.toLowerCase());
    const chosen = names.length === 0 ? [...byCommand.keys()] : names.flatMap((name) => withSubcommands(server, name));
    const recorded = [...new Set(chosen)].flatMap((command) => {
      const { histogram } = byCommand.get(command) ?? {};
      return histogram ? [[server.commands.fullName(command), histogram] as const] : [];
    });
    reply.map(recorded.length);
    for (const [name, histogram] of recorded) {
      reply.bulk(name);
      replyHistogram(reply, histogram);
    }
  },
};

function withSubcommands(server: Server, name: string): CommandDeclaration[] {
  const command = server.commands.get(name);
  return command ? [command, ...(command.subcommands ?? [])] : [];
}

function replyHistogram(reply: ReplySink, histogram: LatencyHistogram): void {
  const bounds = [...histogram.cumulative()];
  reply.map(2);
  reply.bulk('calls');
  reply.integer(histogram.count);
  reply.bulk('histogram_usec');
  reply.map(bounds.length);
  for (const [bound, calls] of bounds) {
    reply.integer(bound);
    reply.integer(calls);
  }
}

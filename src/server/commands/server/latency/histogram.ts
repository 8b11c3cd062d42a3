import type { CommandDeclaration } from '../../command.js';

/** No histograms are kept: as with `latency-tracking no`. */
export const histogram: CommandDeclaration = {
  name: 'histogram',
  summary: 'Return the cumulative distribution of latencies of a subset of commands or all.',
  since: '7.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of commands with latency information being retrieved.',
  arguments: ['[command...]'],
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ reply }) {
    reply.map(0);
  },
};

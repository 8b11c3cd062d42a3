import type { CommandDeclaration } from '../../command.js';

export const latest: CommandDeclaration = {
  name: 'latest',
  summary: 'Return the latest latency samples for all events.',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ reply }) {
    reply.array(0);
  },
};

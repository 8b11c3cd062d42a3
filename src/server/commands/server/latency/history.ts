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
  run({ reply }) {
    reply.array(0);
  },
};

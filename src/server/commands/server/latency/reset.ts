import type { CommandDeclaration } from '../../command.js';

export const reset: CommandDeclaration = {
  name: 'reset',
  summary: 'Reset latency data for one or more events.',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(1)',
  arguments: ['[event...]'],
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ args, reply, server }) {
    reply.integer(server.latency.reset(args.texts(2)));
  },
};

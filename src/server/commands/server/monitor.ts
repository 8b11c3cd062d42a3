import type { CommandDeclaration } from '../command.js';

export const monitor: CommandDeclaration = {
  name: 'monitor',
  summary: 'Listen for all requests received by the server in real time',
  since: '1.0.0',
  group: 'server',
  complexity: '',
  arity: 1,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ reply, server, session }) {
    server.monitors.add(session);
    reply.ok();
  },
};

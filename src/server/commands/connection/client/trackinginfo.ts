import type { CommandDeclaration } from '../../command.js';

export const trackinginfo: CommandDeclaration = {
  name: 'trackinginfo',
  summary: 'Return information about server assisted client side caching for the current connection',
  since: '6.2.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  run({ reply }) {
    reply.map(3);
    reply.bulk('flags');
    reply.set(1);
    reply.bulk('off');
    reply.bulk('redirect');
    reply.integer(-1);
    reply.bulk('prefixes');
    reply.array(0);
  },
};

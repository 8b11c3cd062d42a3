import type { CommandDeclaration } from '../../command.js';

export const doctor: CommandDeclaration = {
  name: 'doctor',
  summary: 'Return a human readable latency analysis report.',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ reply }) {
    reply.verbatim(
      'txt',
      "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. You may use \"CONFIG SET latency-monitor-threshold <milliseconds>.\" in order to enable it. If we weren't in a deep space mission I'd suggest to take a look at https://redis.io/topics/latency-monitor.\n",
    );
  },
};

import { doctorReport } from '../../../latency/report.js';
import type { CommandDeclaration } from '../../command.js';

export const doctor: CommandDeclaration = {
  name: 'doctor',
  summary: 'Return a human readable latency analysis report.',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ reply, server, now }) {
    reply.verbatim('txt', doctorReport(server.latency, server.settings.latencyThreshold, now));
  },
};

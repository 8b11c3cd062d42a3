import { cpus, loadavg } from 'node:os';
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
    const { settings } = server;
    const machine = { load: loadavg()[0] ?? 0, processors: cpus().length };
    const facts = { ...settings, ...machine, threshold: settings.latencyThreshold };
    reply.verbatim('txt', doctorReport(server.latency, facts, now));
  },
};

import { memoryReport } from '../../../memory-report.js';
import { memoryUse } from '../../../memory-use.js';
import type { CommandDeclaration } from '../../command.js';

export const doctor: CommandDeclaration = {
  name: 'doctor',
  summary: 'Outputs memory problems report',
  since: '4.0.0',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: [],
  run({ reply, server }) {
    const replicaCount = server.replication.replicas.size;
    const clientCount = server.sessions.size - replicaCount;
    reply.verbatim('txt', memoryReport({ ...memoryUse(server), clientCount, replicaCount }));
  },
};

import { memoryUse } from '../../../memory-use.js';
import type { CommandDeclaration } from '../../command.js';

export const stats: CommandDeclaration = {
  name: 'stats',
  summary: 'Show memory usage details',
  since: '4.0.0',
  group: 'server',
  complexity: 'O(1)',
  arity: 2,
  flags: [],
  run({ reply, server }) {
    const { used, peak, startup, dataset, clients } = memoryUse(server);
    const keys = server.keyspace.databases.reduce((sum, db) => sum + db.size, 0);
    const numbers: readonly (readonly [string, number])[] = [
      ['peak.allocated', peak],
      ['total.allocated', used],
      ['startup.allocated', startup],
      ['replication.backlog', 0],
      ['clients.slaves', 0],
      ['clients.normal', clients],
      ['cluster.links', 0],
      ['aof.buffer', 0],
      ['lua.caches', server.scripts?.usedMemory ?? 0],
      ['functions.caches', 0],
      ['overhead.total', used - dataset],
      ['keys.count', keys],
      ['keys.bytes-per-key', keys === 0 ? 0 : Math.floor(dataset / keys)],
      ['dataset.bytes', dataset],
    ];
    reply.map(numbers.length + 2);
    for (const [name, value] of numbers) {
      reply.bulk(name);
      reply.integer(value);
    }
    reply.bulk('dataset.percentage');
    reply.double((100 * dataset) / used);
    reply.bulk('peak.percentage');
    reply.double((100 * used) / peak);
  },
};

import { INDEX_SHARE } from '../../../keyspace/entries.js';
import { memoryUse } from '../../../memory-use.js';
import type { Server } from '../../../server.js';
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
    const fields = allFields(server);
    reply.map(fields.length);
    for (const [name, value] of fields) {
      reply.bulk(name);
      if (typeof value === 'number') reply.integer(value);
      else if ('double' in value) reply.double(value.double);
      else {
        reply.map(value.length);
        for (const [inner, bytes] of value) {
          reply.bulk(inner);
          reply.integer(bytes);
        }
      }
    }
  },
};

type Value = number | { readonly double: number } | readonly (readonly [string, number])[];
type Fields = readonly (readonly [string, Value])[];

function allFields(server: Server): Fields {
  const { used, peak, startup, dataset, clients, replicas, backlog, scripts, ...held } = memoryUse(server);
  const keys = server.keyspace.databases.reduce((sum, db) => sum + db.size, 0);
  return [
    ['peak.allocated', peak],
    ['total.allocated', used],
    ['startup.allocated', startup],
    ['replication.backlog', backlog],
    ['clients.slaves', replicas],
    ['clients.normal', clients],
    ['cluster.links', 0],
    ['aof.buffer', server.appendOnlyFile.appender.bufferLength],
    ['lua.caches', scripts.scriptBytes],
    ['functions.caches', scripts.functionBytes],
    ...databaseFields(server),
    ['overhead.total', used - dataset],
    ['keys.count', keys],
    ['keys.bytes-per-key', keys === 0 ? 0 : Math.floor(dataset / keys)],
    ['dataset.bytes', dataset],
    ['dataset.percentage', { double: (100 * dataset) / used }],
    ['peak.percentage', { double: (100 * used) / peak }],
    ['allocator.allocated', used],
    ['allocator.active', held.held],
    ['allocator.resident', held.engine],
    ...ratio('allocator-fragmentation', held.held, used),
    ...ratio('allocator-rss', held.engine, held.held),
    ...ratio('rss-overhead', held.resident, held.engine),
    ['fragmentation', { double: held.resident / used }],
    ['fragmentation.bytes', held.resident - used],
  ];
}

/** What finding keys, and those that expire, takes of each database. */
function databaseFields({ keyspace }: Server): Fields {
  return keyspace.databases
    .filter((db) => db.size > 0)
    .map((db) => [
      `db.${db.number}`,
      [
        ['overhead.hashtable.main', db.size * INDEX_SHARE],
        ['overhead.hashtable.expires', db.expiring.size * INDEX_SHARE],
        ['overhead.hashtable.slot-to-keys', 0],
      ],
    ]);
}

function ratio(name: string, more: number, less: number): Fields {
  return [
    [`${name}.ratio`, { double: more / less }],
    [`${name}.bytes`, more - less],
  ];
}

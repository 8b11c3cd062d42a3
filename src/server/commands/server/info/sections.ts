import { arch, release, type } from 'node:os';
import type { Server } from '../../../server.js';
import { REDIS_VERSION } from '../../../version.js';
import { memoryFields } from './memory.js';
import { persistenceFields } from './persistence.js';
import { replicationFields } from './replication.js';
import { commandStats, errorStats, latencyStats, statsFields } from './stats.js';

/** A section of INFO. */
export interface InfoSection {
  /** What INFO's argument names it by, lower case. */
  readonly name: string;
  readonly title: string;
  /** Part of an INFO without arguments. */
  readonly usual: boolean;
  readonly fields: (server: Server) => InfoFields;
}

export type InfoFields = readonly (readonly [string, string | number])[];

export const infoSections: readonly InfoSection[] = [
  { name: 'server', title: 'Server', usual: true, fields: serverFields },
  { name: 'clients', title: 'Clients', usual: true, fields: clientFields },
  { name: 'memory', title: 'Memory', usual: true, fields: memoryFields },
  { name: 'persistence', title: 'Persistence', usual: true, fields: persistenceFields },
  { name: 'stats', title: 'Stats', usual: true, fields: statsFields },
  { name: 'replication', title: 'Replication', usual: true, fields: replicationFields },
  { name: 'cpu', title: 'CPU', usual: true, fields: cpuFields },
  { name: 'modules', title: 'Modules', usual: true, fields: () => [] },
  { name: 'commandstats', title: 'Commandstats', usual: false, fields: commandStats },
  { name: 'errorstats', title: 'Errorstats', usual: true, fields: errorStats },
  { name: 'latencystats', title: 'Latencystats', usual: false, fields: latencyStats },
  { name: 'cluster', title: 'Cluster', usual: true, fields: ({ cluster }) => [['cluster_enabled', cluster ? 1 : 0]] },
  { name: 'keyspace', title: 'Keyspace', usual: true, fields: keyspaceFields },
];

function serverFields(server: Server): InfoFields {
  const now = server.clock.now();
  const { remaining } = server.shutdowns;
  const uptime = Math.max(0, Math.floor((now - server.startedAt) / 1000));
  return [
    ['redis_version', REDIS_VERSION],
    ['redis_git_sha1', '00000000'],
    ['redis_git_dirty', 0],
    ['redis_build_id', '0'],
    ['redis_mode', server.mode],
    ['os', `${type()} ${release()} ${arch()}`],
    ['arch_bits', 64],
    ['monotonic_clock', 'performance.now'],
    ['multiplexing_api', 'libuv'],
    ['gcc_version', '0.0.0'],
    ['process_id', process.pid],
    ['process_supervised', 'no'],
    ['run_id', server.runId],
    ['tcp_port', server.listeners.port],
    ['server_time_usec', Math.floor(now * 1000)],
    ['uptime_in_seconds', uptime],
    ['uptime_in_days', Math.floor(uptime / 86_400)],
    ['hz', 10],
    ['configured_hz', server.configuration.get('hz') ?? ''],
    ['lru_clock', Math.floor(now / 1000) & 0xffffff],
    ['executable', process.execPath],
    ['config_file', server.configuration.file ?? ''],
    ['io_threads_active', 0],
    ...(remaining === undefined ? [] : [['shutdown_in_milliseconds', remaining] as const]),
  ];
}

function clientFields(server: Server): InfoFields {
  const sizes = [...server.sessions].map(({ peer }) => peer.socket ?? { received: 0, unsent: 0 });
  return [
    ['connected_clients', server.sessions.size - server.replication.replicas.size],
    ['cluster_connections', server.cluster?.bus.connections ?? 0],
    ['maxclients', server.settings.maxClients],
    ['client_recent_max_input_buffer', Math.max(0, ...sizes.map(({ received }) => received))],
    ['client_recent_max_output_buffer', Math.max(0, ...sizes.map(({ unsent }) => unsent))],
    ['blocked_clients', server.blocking.clients + server.pause.held.size],
    ['tracking_clients', server.tracking.clients],
    ['clients_in_timeout_table', [...server.sessions].filter(({ blocked }) => (blocked?.until ?? 0) > 0).length],
  ];
}

function cpuFields(): InfoFields {
  const { system, user } = process.cpuUsage();
  const [systemTime, userTime] = [system, user].map((micros) => (micros / 1e6).toFixed(6)) as [string, string];
  return [
    ['used_cpu_sys', systemTime],
    ['used_cpu_user', userTime],
    ['used_cpu_sys_children', '0.000000'],
    ['used_cpu_user_children', '0.000000'],
    ['used_cpu_sys_main_thread', systemTime],
    ['used_cpu_user_main_thread', userTime],
  ];
}

function keyspaceFields(server: Server): InfoFields {
  return server.keyspace.databases
    .filter((db) => db.size > 0)
    .map((db) => [
      `db${db.number}`,
      `keys=${db.size},expires=${db.expiring.size},avg_ttl=${averageTtl(server, db)}${subexpiry(db)}`,
    ]);
}

/** As Redis 7.4 tells it, where there are hashes with fields that expire. */
function subexpiry({ fields }: Server['keyspace']['databases'][number]): string {
  return fields.size === 0 ? '' : `,subexpiry=${fields.size}`;
}

/** Milliseconds, over a sample of the keys that expire. */
function averageTtl(server: Server, db: Server['keyspace']['databases'][number]): number {
  let sum = 0;
  let count = 0;
  let cursor = 0;
  do {
    cursor = db.expiring.scan(cursor, (ref) => {
      const left = db.expiry(ref) - server.keyspace.now;
      if (left > 0) {
        sum += left;
        count++;
      }
    });
  } while (cursor !== 0 && count < 100);
  return count === 0 ? 0 : Math.floor(sum / count);
}

import { totalmem } from 'node:os';
import { memoryUse } from '../../../memory-use.js';
import type { Server } from '../../../server.js';
import type { InfoFields } from './sections.js';

export function memoryFields(server: Server): InfoFields {
  const { used, peak, startup, dataset, clients, resident } = memoryUse(server);
  const lua = server.scripts?.usedMemory ?? 0;
  const scripts = server.scripts?.count ?? 0;
  const { maxMemory, maxMemoryPolicy } = server.settings;
  const total = totalmem();
  return [
    ...withHuman('used_memory', used),
    ...withHuman('used_memory_rss', resident),
    ...withHuman('used_memory_peak', peak),
    ['used_memory_peak_perc', `${((100 * used) / peak).toFixed(2)}%`],
    ['used_memory_overhead', used - dataset],
    ['used_memory_startup', startup],
    ['used_memory_dataset', dataset],
    ['used_memory_dataset_perc', `${((100 * dataset) / used).toFixed(2)}%`],
    ['allocator_allocated', used],
    ['allocator_active', resident],
    ['allocator_resident', resident],
    ...withHuman('total_system_memory', total),
    ...withHuman('used_memory_lua', lua),
    ['used_memory_vm_eval', lua],
    ['used_memory_scripts_eval', 0],
    ['number_of_cached_scripts', scripts],
    ['number_of_functions', 0],
    ['number_of_libraries', 0],
    ['used_memory_vm_functions', 0],
    ...withHuman('used_memory_vm_total', lua),
    ['used_memory_functions', 0],
    ...withHuman('used_memory_scripts', 0),
    ...withHuman('maxmemory', maxMemory),
    ['maxmemory_policy', maxMemoryPolicy],
    ['mem_fragmentation_ratio', (resident / used).toFixed(2)],
    ['mem_fragmentation_bytes', resident - used],
    ['mem_not_counted_for_evict', 0],
    ...replicationBuffers(server, clients),
    ['mem_cluster_links', 0],
    ['mem_aof_buffer', server.appendOnlyFile.bufferLength],
    ['mem_allocator', 'v8'],
    ['active_defrag_running', 0],
    ['lazyfree_pending_objects', 0],
    ['lazyfreed_objects', server.keyspace.freedLater],
  ];
}

/** The backlog and what replicas have not taken yet are the same bytes, as far as both reach back. */
function replicationBuffers({ replication }: Server, clients: number): InfoFields {
  const backlog = replication.backlog?.length ?? 0;
  const unsent = [...replication.replicas].map(
    ({ session, heldBytes }) => heldBytes + (session.peer.socket?.unsent ?? 0),
  );
  const replicas = unsent.reduce((sum, bytes) => sum + bytes, 0);
  return [
    ['mem_replication_backlog', backlog],
    ['mem_total_replication_buffers', Math.max(backlog, ...unsent)],
    ['mem_clients_slaves', replicas],
    ['mem_clients_normal', Math.max(0, clients - replicas)],
  ];
}

function withHuman(name: string, bytes: number): InfoFields {
  return [
    [name, bytes],
    [`${name}_human`, human(bytes)],
  ];
}

/** As Redis prints sizes for people: "1.50M". */
function human(bytes: number): string {
  const units = ['K', 'M', 'G', 'T'];
  if (bytes < 1024) return `${bytes}B`;
  let value = bytes / 1024;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${value.toFixed(2)}${units[unit]}`;
}

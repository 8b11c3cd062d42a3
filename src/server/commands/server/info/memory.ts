import { totalmem } from 'node:os';
import { type MemoryUse, memoryUse, replicaBuffers } from '../../../memory-use.js';
import type { Server } from '../../../server.js';
import type { InfoFields } from './sections.js';

export function memoryFields(server: Server): InfoFields {
  const use = memoryUse(server);
  const { used, peak, startup, dataset, held, engine, resident } = use;
  const { maxMemory, maxMemoryPolicy } = server.settings;
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
    ['allocator_active', held],
    ['allocator_resident', engine],
    ...withHuman('total_system_memory', totalmem()),
    ...scriptFields(use),
    ...withHuman('maxmemory', maxMemory),
    ['maxmemory_policy', maxMemoryPolicy],
    ...ratio('allocator_frag', held, used),
    ...ratio('allocator_rss', engine, held),
    ...ratio('rss_overhead', resident, engine),
    ...ratio('mem_fragmentation', resident, used),
    ['mem_not_counted_for_evict', 0],
    ...bufferFields(server, use),
    ['mem_cluster_links', 0],
    ['mem_aof_buffer', server.appendOnlyFile.appender.bufferLength],
    ['mem_allocator', 'v8'],
    ['active_defrag_running', 0],
    ['lazyfree_pending_objects', 0],
    ['lazyfreed_objects', server.keyspace.freedLater],
  ];
}

function scriptFields({ scripts }: MemoryUse): InfoFields {
  const { scriptBytes, scriptValues, functionBytes, functionValues } = scripts;
  return [
    ['used_memory_lua', scriptValues],
    ['used_memory_vm_eval', scriptValues],
    ['used_memory_lua_human', human(scriptValues)],
    ['used_memory_scripts_eval', scriptBytes],
    ['number_of_cached_scripts', scripts.scripts],
    ['number_of_functions', scripts.functions],
    ['number_of_libraries', scripts.libraries],
    ['used_memory_vm_functions', functionValues],
    ...withHuman('used_memory_vm_total', scriptValues + functionValues),
    ['used_memory_functions', functionBytes],
    ...withHuman('used_memory_scripts', scriptBytes + functionBytes),
  ];
}

/** The backlog and what replicas have not taken yet are the same bytes, as far as both reach back. */
function bufferFields(server: Server, { backlog, replicas, clients }: MemoryUse): InfoFields {
  return [
    ['mem_replication_backlog', backlog],
    ['mem_total_replication_buffers', Math.max(backlog, ...replicaBuffers(server))],
    ['mem_clients_slaves', replicas],
    ['mem_clients_normal', clients],
  ];
}

/** How much more the one is than the other, and by how many bytes. */
function ratio(name: string, more: number, less: number): InfoFields {
  return [
    [`${name}_ratio`, (more / less).toFixed(2)],
    [`${name}_bytes`, more - less],
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

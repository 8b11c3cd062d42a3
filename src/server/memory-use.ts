import type { Server } from './server.js';

/** Bytes that a server without data counts as its own, about as many as a Redis does. */
export const EMPTY_SERVER = 1024 * 1024;

export interface MemoryUse {
  /** What `maxmemory` is compared with. */
  readonly used: number;
  /** The most there was. */
  readonly peak: number;
  /** What the server takes without data. */
  readonly startup: number;
  /** Keys and values. */
  readonly dataset: number;
  /** Buffers of all clients, of replicas, and what is kept for replicas that come back. */
  readonly clients: number;
  readonly replicas: number;
  readonly backlog: number;
  readonly scripts: ScriptMemory;
  /** `used`, with what lies free in the segments that hold keys and strings. */
  readonly held: number;
  /** All that the JavaScript engine has taken, those segments included. */
  readonly engine: number;
  /** The whole process, whatever else it does. */
  readonly resident: number;
}

/** Cached scripts and functions as sources, and the values they have made in their interpreters. */
export interface ScriptMemory {
  readonly scripts: number;
  readonly scriptBytes: number;
  readonly scriptValues: number;
  readonly functions: number;
  readonly libraries: number;
  readonly functionBytes: number;
  readonly functionValues: number;
}

/** What INFO and MEMORY tell. */
export function memoryUse(server: Server): MemoryUse {
  const used = server.usedMemory;
  const { rss, heapTotal, external } = process.memoryUsage();
  const replicas = replicaBuffers(server).reduce((sum, bytes) => sum + bytes, 0);
  const held = used + server.keyspace.databases.reduce((sum, { entries }) => sum + entries.memory.unused, 0);
  return {
    used,
    peak: server.notePeak(),
    startup: EMPTY_SERVER,
    dataset: server.keyspace.memory(),
    clients: Math.max(0, server.clientMemory - replicas),
    replicas,
    backlog: server.replication.backlog?.length ?? 0,
    scripts: scriptMemory(server),
    held,
    engine: Math.max(held, heapTotal + external),
    resident: rss,
  };
}

/** Bytes that each replica has not taken yet. */
export function replicaBuffers({ replication }: Server): number[] {
  return [...replication.replicas].map(({ session, heldBytes }) => heldBytes + (session.peer.socket?.unsent ?? 0));
}

function scriptMemory({ scripts: engine }: Server): ScriptMemory {
  const { functions } = engine ?? {};
  return {
    scripts: engine?.count ?? 0,
    scriptBytes: engine?.cachedBytes ?? 0,
    scriptValues: engine?.usedMemory ?? 0,
    functions: functions?.functionCount ?? 0,
    libraries: functions?.libraryCount ?? 0,
    functionBytes: functions?.cachedBytes ?? 0,
    functionValues: functions?.usedMemory ?? 0,
  };
}

import type { Server } from './server.js';

/** Bytes that a server without data counts as its own, about as many as a Redis does. */
export const EMPTY_SERVER = 1024 * 1024;

export interface MemoryUse {
  /** What `maxmemory` is compared with. */
  readonly used: number;
  /** The most that was seen when somebody asked. */
  readonly peak: number;
  /** What the server takes without data. */
  readonly startup: number;
  /** Keys and values. */
  readonly dataset: number;
  readonly clients: number;
  /** The whole process, whatever else it does. */
  readonly resident: number;
}

const peaks = new WeakMap<Server, number>();

/** What INFO and MEMORY STATS tell. */
export function memoryUse(server: Server): MemoryUse {
  const used = server.usedMemory;
  const peak = Math.max(peaks.get(server) ?? 0, used);
  peaks.set(server, peak);
  return {
    used,
    peak,
    startup: EMPTY_SERVER,
    dataset: server.keyspace.memory(),
    clients: server.clientMemory,
    resident: process.memoryUsage.rss(),
  };
}

import type { Server } from './server.js';

export interface MemoryUse {
  /** Bytes of the JavaScript heap and of buffers outside it. */
  readonly used: number;
  /** The most that was seen when somebody asked. */
  readonly peak: number;
  /** What the process took before there was data. */
  readonly startup: number;
  /** Keys and strings. */
  readonly dataset: number;
  readonly resident: number;
}

const startup = allocated(process.memoryUsage());
let peak = startup;

/** What INFO and MEMORY STATS tell; of the process, whatever else it does beside this server. */
export function memoryUse(server: Server): MemoryUse {
  const usage = process.memoryUsage();
  const used = allocated(usage);
  peak = Math.max(peak, used);
  return { used, peak, startup, dataset: server.keyspace.memory(), resident: usage.rss };
}

function allocated({ heapUsed, external }: NodeJS.MemoryUsage): number {
  return heapUsed + external;
}

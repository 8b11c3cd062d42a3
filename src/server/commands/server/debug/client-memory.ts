import { CommandError } from '../../../errors.js';
import type { Call } from '../../call.js';

/** DEBUG CLIENT-EVICTION: clients by what they take up, from 32 KiB on in doublings, as `maxmemory-clients` sees them. */
export function clientMemory({ reply, server }: Call): void {
  if (server.clientEviction.limit === 0) throw new CommandError('ERR maxmemory-clients is disabled.');
  const buckets = Array.from({ length: BUCKETS }, () => ({ bytes: 0, clients: 0 }));
  for (const { memory } of server.listeners.connections) {
    const bucket = buckets[bucketOf(memory)]!;
    bucket.bytes += memory;
    bucket.clients++;
  }
  const lines = buckets.map(({ bytes, clients }, i) => {
    const first = String(i === 0 ? 0 : FIRST * 2 ** (i - 1)).padStart(10);
    const range = i === BUCKETS - 1 ? `${first}+            ` : `${first} - ${String(FIRST * 2 ** i - 1).padStart(10)}`;
    return `bucket ${range}: tot-mem: ${String(bytes).padStart(10)}, clients: ${clients}\n`;
  });
  reply.verbatim('txt', lines.join(''));
}

function bucketOf(bytes: number): number {
  if (bytes < FIRST) return 0;
  return Math.min(BUCKETS - 1, 1 + Math.floor(Math.log2(bytes / FIRST)));
}

const BUCKETS = 19;
const FIRST = 32 * 1024;

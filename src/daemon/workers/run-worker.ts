/** The program of a worker process: started by the main process and nobody else, ends with it. */
import { boundYoungGeneration } from '../young-generation.js';
import type { Port } from './channel.js';
import { Worker } from './worker.js';

boundYoungGeneration();

const [id = '1', format = 'json'] = process.argv.slice(2);

// Signals are for the main process, which tells its workers: a terminal and systemd send them to all.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
// The main process is no more, and its embedded stores with it; or this one has stopped.
process.once('disconnect', () => process.exit());
// It may have gone while this one was being loaded.
if (!process.connected) process.exit();

new Worker(process as Port, {
  id: Number(id),
  pretty: format === 'pretty',
  onStopped: () => process.disconnect(),
});

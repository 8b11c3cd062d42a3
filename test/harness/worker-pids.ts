/** The processes of a daemon's workers, by their numbers, as its log tells: those that are ready now. */
export function workerPids(output: string): ReadonlyMap<number, number> {
  const pids = new Map<number, number>();
  for (const line of output.split('\n')) {
    if (!line.startsWith('{')) continue;
    const { worker = 0, pid = 0, msg } = JSON.parse(line) as { worker?: number; pid?: number; msg?: string };
    if (msg === 'worker ready') pids.set(worker, pid);
    if (msg === 'a worker has ended and is replaced') pids.delete(worker);
  }
  return pids;
}

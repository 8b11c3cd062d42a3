import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/**
 * Gives what is measured a processor for itself and all others, with what they start, the rest: with the load on the
 * same processors a rate is as much the load's as the measured program's. Nothing on a machine with one processor, or
 * without taskset (util-linux). Answers what lets all of them go anywhere again.
 */
export function keepApart(measured: readonly number[], others: readonly number[]): () => void {
  const last = availableParallelism() - 1;
  if (last < 1 || !(pin(measured, `${last}`) && pin(others, `0-${last - 1}`))) return () => undefined;
  return () => pin([...measured, ...others], `0-${last}`);
}

function pin(pids: readonly number[], processors: string): boolean {
  try {
    for (const pid of pids) execFileSync('taskset', ['-acp', processors, String(pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

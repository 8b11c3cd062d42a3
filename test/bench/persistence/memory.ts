import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Subject } from '../server/subject.js';

/**
 * The most memory that a server had at a time, in bytes: of ours the process, of redis-server the process and what its
 * child has for itself alone.
 */
export class PeakMemory {
  readonly before: number;
  private peak = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly subject: Subject) {
    this.before = status(subject.pid, 'VmRSS');
    // From now on the kernel counts the highest anew.
    writeFileSync(`/proc/${subject.pid}/clear_refs`, '5');
    this.timer = setInterval(() => this.look(), 20);
  }

  end(): number {
    clearInterval(this.timer);
    this.look();
    return Math.max(this.peak, status(this.subject.pid, 'VmHWM'));
  }

  private look(): void {
    const { pid } = this.subject;
    const children = childrenOf(pid);
    if (children.length === 0) return;
    const own = children.reduce((sum, child) => sum + privateDirty(child), 0);
    this.peak = Math.max(this.peak, status(pid, 'VmRSS') + own);
  }
}

function status(pid: number, name: string): number {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(text)?.[1]) * 1024;
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) => {
    const children = attempt(() => readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1')) ?? '';
    return children.trim().split(' ').filter(Boolean).map(Number);
  });
}

function privateDirty(pid: number): number {
  const text = attempt(() => readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')) ?? '';
  return Number(/Private_Dirty:\s+(\d+) kB/.exec(text)?.[1] ?? 0) * 1024;
}

/** A process may end meanwhile. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

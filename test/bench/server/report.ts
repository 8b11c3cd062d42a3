import { thousands } from '../report.js';
import type { Comparison, Ratio } from './compare.js';
import type { Sample } from './redis-benchmark.js';
import { nameOf, workloads } from './workloads.js';

const HEAD = [
  '| commands | lookupd server /s (CPU µs, p99 ms) | redis-server /s (CPU µs, p99 ms) | rate (range) | CPU (range) | p99 | at least |',
  '|---|---|---|---|---|---|---|',
];

export function row({ workload, ours, redis, rate, cpu, p99 }: Comparison): string {
  const cells = [nameOf(workload), side(ours), side(redis), range(rate), range(cpu), p99.median.toFixed(2)];
  return `| ${[...cells, goal({ workload, rate, cpu, p99 })].join(' | ')} |`;
}

/** The table with this row, the others as they were measured before. */
export function merged(before: string, measured: string): string {
  const known = new Map([...before.split('\n'), measured].map((line) => [line.split(' | ')[0]!, line]));
  const kept = workloads.map((workload) => known.get(`| ${nameOf(workload)}`)).filter((line) => line !== undefined);
  return [...HEAD, ...kept].join('\n');
}

function side({ perSecond, cpuUs, p99Ms }: Sample): string {
  return `${thousands(perSecond)} (${cpuUs.toFixed(2)}, ${p99Ms.toFixed(2)})`;
}

function range({ median, min, max }: Ratio): string {
  return `${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`;
}

function goal({ workload, rate, cpu, p99 }: Pick<Comparison, 'workload' | 'rate' | 'cpu' | 'p99'>): string {
  const { measure, atLeast, p99AtMost } = workload.goal;
  const reached = measure === 'rate' ? rate.median : cpu.median;
  const parts = [`${measure === 'rate' ? '' : 'CPU '}${atLeast.toFixed(2)}${reached >= atLeast ? '' : ' (missed)'}`];
  if (p99AtMost !== undefined) {
    parts.push(`p99 at most ${p99AtMost.toFixed(1)}${p99.median <= p99AtMost ? '' : ' (missed)'}`);
  }
  return parts.join(', ');
}

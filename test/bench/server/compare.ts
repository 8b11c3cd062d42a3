import { median } from '../measure.js';
import { measure, type Sample } from './redis-benchmark.js';
import type { Subject } from './subject.js';
import type { Workload } from './workloads.js';

/** A figure of the pairs of runs: ours to redis-server's, 1 being as good, more being better. */
export interface Ratio {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Comparison {
  readonly workload: Workload;
  readonly ours: Sample;
  readonly redis: Sample;
  readonly rate: Ratio;
  readonly cpu: Ratio;
  /** How many times as long as redis-server's: less is better. */
  readonly p99: Ratio;
}

/** Runs pairs in turn, each side so many requests as redis-server answers in about `ms`. */
export async function compareServers(
  workload: Workload,
  ours: Subject,
  redis: Subject,
  { pairs, ms }: { readonly pairs: number; readonly ms: number },
): Promise<Comparison> {
  const trial = await measure(redis, workload, 20_000);
  const requests = Math.max(20_000, Math.round((trial.perSecond * ms) / 1000));
  await measure(ours, workload, requests);
  const samples: { ours: Sample; redis: Sample }[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const oursFirst = pair % 2 === 0;
    const first = await measure(oursFirst ? ours : redis, workload, requests);
    const second = await measure(oursFirst ? redis : ours, workload, requests);
    samples.push(oursFirst ? { ours: first, redis: second } : { ours: second, redis: first });
  }
  return {
    workload,
    ours: middle(samples.map((pair) => pair.ours)),
    redis: middle(samples.map((pair) => pair.redis)),
    rate: spread(samples.map((pair) => pair.ours.perSecond / pair.redis.perSecond)),
    cpu: spread(samples.map((pair) => pair.redis.cpuUs / pair.ours.cpuUs)),
    p99: spread(samples.map((pair) => pair.ours.p99Ms / pair.redis.p99Ms)),
  };
}

function middle(samples: readonly Sample[]): Sample {
  const of = (name: keyof Sample) => median(samples.map((sample) => sample[name]));
  return { perSecond: of('perSecond'), cpuUs: of('cpuUs'), p99Ms: of('p99Ms') };
}

export function spread(values: readonly number[]): Ratio {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

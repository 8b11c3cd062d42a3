import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Subject } from './subject.js';
import { CONNECTIONS, KEYSPACE, type Workload } from './workloads.js';

const run = promisify(execFile);

/** One run of redis-benchmark: what it tells, and what it cost the server. */
export interface Sample {
  readonly perSecond: number;
  /** Microseconds of the server's CPU for each request. */
  readonly cpuUs: number;
  readonly p99Ms: number;
}

export async function measure(subject: Subject, workload: Workload, requests: number): Promise<Sample> {
  await prepare(subject, workload, requests);
  await subject.control.config('RESETSTAT');
  const before = await subject.cpuSeconds();
  const { perSecond, p99Ms } = await load(subject, workload.load, requests, workload.pipeline);
  const cpuUs = ((await subject.cpuSeconds()) - before) * 1e6;
  await check(subject, workload, requests);
  return { perSecond, p99Ms, cpuUs: cpuUs / requests };
}

async function prepare(subject: Subject, { prepare = [] }: Workload, measured: number): Promise<void> {
  await subject.control.flushall();
  for (const { load: arguments_, requests } of prepare) {
    const count = requests === 'as many' ? measured : requests;
    // redis-benchmark fails now and then when it has sent more than it was asked for.
    await load(subject, arguments_, count, Math.min(64, count));
  }
}

async function load(subject: Subject, words: readonly string[], requests: number, pipeline: number) {
  const options = {
    p: subject.port,
    c: Math.min(CONNECTIONS, requests),
    n: requests,
    P: pipeline,
    r: KEYSPACE,
    d: 100,
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`-${name}`, String(value)]);
  const { stdout, stderr } = await run('redis-benchmark', [...args, '--csv', ...words], { timeout: 120_000 });
  if (stderr !== '') throw new Error(`redis-benchmark ${words.join(' ')} on ${subject.name}: ${stderr}`);
  const cells = stdout.trim().split('\n').at(-1)!.split('","');
  return { perSecond: Number(cells.at(-7)), p99Ms: Number(cells.at(-2)) };
}

/** redis-benchmark does not look at replies: every request has to be among the calls that did not fail. */
async function check({ control, name }: Subject, workload: Workload, requests: number): Promise<void> {
  const command = (workload.load[0] === '-t' ? workload.load[1] : workload.load[0])!.toLowerCase();
  const stats = await control.info('commandstats');
  const calls = new RegExp(`^cmdstat_${command}:calls=(\\d+),.*failed_calls=0`, 'm').exec(stats)?.[1];
  if (Number(calls) < requests) throw new Error(`${name} ran ${calls ?? 'none'} of ${requests} ${command}`);
}

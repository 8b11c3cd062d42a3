import { median } from '../measure.js';
import { thousands } from '../report.js';
import { spread } from '../server/compare.js';
import { measure, type Sample } from '../server/redis-benchmark.js';
import { type Subject, startBundled, startReal } from '../server/subject.js';
import type { Workload } from '../server/workloads.js';
import { ratioCells, type Section } from './section.js';

const EVERYSEC = { appendonly: 'yes', appendfsync: 'everysec' };
const ALWAYS = { appendonly: 'yes', appendfsync: 'always' };
const GOAL = { measure: 'rate', atLeast: 0 } as const;
const SET_P16: Workload = { name: 'SET', pipeline: 16, load: ['-t', 'set'], goal: GOAL };
const SET_P1: Workload = { name: 'SET', pipeline: 1, load: ['-t', 'set'], goal: GOAL };

export const appendOnly: Section = {
  title: 'The append-only file',
  about: `SET of values of 100 bytes by 50 connections of redis-benchmark. A rewrite by size is switched off, so that none falls
into a measurement. CPU is what a request takes of the server's processor time, more than 1 is less of it.`,
  head: ['', 'with it: /s (CPU µs)', 'compared with: /s (CPU µs)', 'rate (range)', 'goal', 'CPU (range)'],
  measure: async (pairs) => [
    await compared('lookupd server, everysec, and without a file: P16', SET_P16, pairs, 0.85, [
      () => startBundled({ ...EVERYSEC, ...NO_REWRITE }),
      () => startBundled(),
    ]),
    await compared('redis-server, everysec, and without a file: P16', SET_P16, pairs, undefined, [
      () => startReal({ ...EVERYSEC, ...NO_REWRITE }),
      () => startReal(),
    ]),
    await compared('always, lookupd server and redis-server: not pipelined', SET_P1, pairs, 0.8, [
      () => startBundled({ ...ALWAYS, ...NO_REWRITE }),
      () => startReal({ ...ALWAYS, ...NO_REWRITE }),
    ]),
  ],
};

const NO_REWRITE = { 'auto-aof-rewrite-percentage': '0' };

async function compared(
  name: string,
  workload: Workload,
  pairs: number,
  atLeast: number | undefined,
  [startOne, startOther]: readonly [() => Promise<Subject>, () => Promise<Subject>],
): Promise<string[]> {
  const [one, other] = [await startOne(), await startOther()];
  try {
    const requests = await enough(one, workload);
    await measure(other, workload, requests);
    const found: { readonly one: Sample; readonly other: Sample }[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const ofOne = await measure(one, workload, requests);
      found.push({ one: ofOne, other: await measure(other, workload, requests) });
    }
    const rates = spread(found.map((pair) => pair.one.perSecond / pair.other.perSecond));
    const [rate, goal] = ratioCells(rates, { atLeast: atLeast ?? 0 });
    const [cpu] = ratioCells(spread(found.map((pair) => pair.other.cpuUs / pair.one.cpuUs)), { atLeast: 0 });
    const sides = (['one', 'other'] as const).map((side) => sideText(found.map((pair) => pair[side])));
    return [name, ...sides, rate, atLeast === undefined ? '' : goal, cpu];
  } finally {
    await Promise.all([one.stop(), other.stop()]);
  }
}

function sideText(samples: readonly Sample[]): string {
  const perSecond = median(samples.map((sample) => sample.perSecond));
  return `${thousands(perSecond)} (${median(samples.map(({ cpuUs }) => cpuUs)).toFixed(2)})`;
}

/** Requests that take a second and a half. */
async function enough(server: Subject, workload: Workload): Promise<number> {
  const { perSecond } = await measure(server, workload, 10_000);
  return Math.max(10_000, Math.round(perSecond * 1.5));
}
